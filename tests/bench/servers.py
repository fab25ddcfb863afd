"""Web servers that are not Gatehouse's, each with a configuration of its own."""

from stack.process import Port, port_answers, wait_until

from tools import Background

NGINX = '/usr/sbin/nginx'

NGINX_CONF = """\
{load}
user root;
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{
    worker_connections 4096;
}}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            root {pages};
            {access}
        }}
    }}
}}
"""


class Server:
    """A server in the foreground; `text` is its configuration, `values` what it lacks."""

    def __init__(self, folder, command, text, **values):
        self.port = Port()
        self.url = f'http://127.0.0.1:{self.port.number}'
        conf = folder / 'server.conf'
        conf.write_text(text.format(folder=folder, port=self.port.number, **values),
                        encoding='utf-8')
        self.process = Background([*command, conf])
        wait_until(lambda: port_answers(self.port.number), str(command[0]))

    @property
    def pid(self):
        return self.process.process.pid

    def close(self):
        self.process.close()
        self.port.release()


def nginx(folder, pages, load='', access=''):
    """nginx with one worker and without the module."""
    return Server(folder, [NGINX, '-e', folder / 'error.log', '-c'], NGINX_CONF,
                  pages=pages, load=load, access=access)
