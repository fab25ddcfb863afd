# The files of the nginx module, for Makefile.am and for module/config, which
# reads the list with sed.

gatehouse_module_files = \
	module/ngx_http_gatehouse.h \
	module/ngx_http_gatehouse_access.c \
	module/ngx_http_gatehouse_access.h \
	module/ngx_http_gatehouse_connection.c \
	module/ngx_http_gatehouse_connection.h \
	module/ngx_http_gatehouse_cookie.c \
	module/ngx_http_gatehouse_cookie.h \
	module/ngx_http_gatehouse_csrf.c \
	module/ngx_http_gatehouse_csrf.h \
	module/ngx_http_gatehouse_form.c \
	module/ngx_http_gatehouse_form.h \
	module/ngx_http_gatehouse_health.c \
	module/ngx_http_gatehouse_health.h \
	module/ngx_http_gatehouse_identity.c \
	module/ngx_http_gatehouse_identity.h \
	module/ngx_http_gatehouse_login.c \
	module/ngx_http_gatehouse_login.h \
	module/ngx_http_gatehouse_module.c \
	module/ngx_http_gatehouse_operation.c \
	module/ngx_http_gatehouse_operation.h \
	module/ngx_http_gatehouse_page.c \
	module/ngx_http_gatehouse_page.h \
	module/ngx_http_gatehouse_pool.c \
	module/ngx_http_gatehouse_pool.h \
	module/ngx_http_gatehouse_portal.c \
	module/ngx_http_gatehouse_portal.h \
	module/ngx_http_gatehouse_revocation.c \
	module/ngx_http_gatehouse_revocation.h \
	module/ngx_http_gatehouse_run.c \
	module/ngx_http_gatehouse_run.h \
	module/ngx_http_gatehouse_session.c \
	module/ngx_http_gatehouse_session.h \
	module/ngx_http_gatehouse_settings.c \
	module/ngx_http_gatehouse_settings.h \
	module/ngx_http_gatehouse_transport.c \
	module/ngx_http_gatehouse_transport.h
