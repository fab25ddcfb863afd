"""Where things are: the checkout, and what was built from it."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get('GATEHOUSE_BUILD_DIR', CHECKOUT)).resolve()

CTL = BUILD / 'ctl' / 'gatehousectl'
PAM_MODULE = BUILD / 'pam' / '.libs' / 'pam_gatehouse.so'
NGINX_MODULE = Path(os.environ.get(
    'GATEHOUSE_NGINX_MODULE', BUILD / 'module' / 'ngx_http_gatehouse_module.so')).resolve()

PAGES = CHECKOUT / 'pages' / 'en'
DEMO = CHECKOUT / 'demo'
