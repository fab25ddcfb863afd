"""One scrape of a gateway's metrics, at /metrics, held against the format to the letter."""

import re

from prometheus_client.parser import text_string_to_metric_families

from web import send

SAMPLE = re.compile(r'(?P<name>[a-z_]+)(?:\{(?P<labels>[^{}]*)\})? (?P<value>-?\d+(?:\.\d+)?)')
LABEL = re.compile(r'[a-z_]+="(?:[^"\\]|\\["\\n])*"')
HISTOGRAM = 'gatehouse_directory_operation_duration_seconds'


class Reading:
    """What one scrape says; held against the format to the letter."""

    def __init__(self, url):
        answer = send(url, 'GET', '/metrics', [('Host', 'city.example')])
        assert answer.status == 200
        assert answer.all('Content-Type') == ['text/plain; version=0.0.4; charset=utf-8']
        assert answer.all('Cache-Control') == ['no-store']
        self.text = answer.body.decode()
        self.types = {}
        self.check_lines()
        self.values = {}
        for family in text_string_to_metric_families(self.text):
            assert family.documentation and family.type in ('counter', 'gauge', 'histogram')
            for sample in family.samples:
                key = sample.name, frozenset(sample.labels.items())
                assert key not in self.values
                self.values[key] = sample.value

    def check_lines(self):
        """Each family has a help, a type, and then its samples, and no other stands between."""
        assert self.text.endswith('\n')
        family, helped = None, None
        for line in self.text.splitlines():
            if line.startswith('# HELP '):
                helped = line.split()[2]
                assert helped not in self.types and line.endswith('.')
            elif line.startswith('# TYPE '):
                _, _, family, kind = line.split()
                assert family == helped and re.fullmatch('gatehouse(_[a-z]+)+', family)
                assert (kind == 'counter') == family.endswith('_total')
                self.types[family] = kind
            else:
                match = SAMPLE.fullmatch(line)
                assert match, line
                suffix = match['name'].removeprefix(family)
                wanted = (('_bucket', '_sum', '_count') if self.types[family] == 'histogram'
                          else ('',))
                assert suffix in wanted
                labels = match['labels']
                assert labels is None or re.fullmatch(f'{LABEL.pattern}(,{LABEL.pattern})*', labels)

    def __call__(self, name, **labels):
        return self.values[name, frozenset(labels.items())]

    def counters(self):
        """What must never go down."""
        return {key: value for key, value in self.values.items()
                if self.types.get(key[0]) == 'counter' or key[0].startswith(HISTOGRAM)}
