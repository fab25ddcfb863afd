/*
 * The module's table of contents: directives, phases, and what is read when nginx starts.
 */

/* System. */
#include <ldap.h>
#include <sys/prctl.h>

/* Module. */
#include "ngx_http_gatehouse_access.h"
#include "ngx_http_gatehouse_credentials.h"
#include "ngx_http_gatehouse_exposition.h"
#include "ngx_http_gatehouse_form.h"
#include "ngx_http_gatehouse_hold.h"
#include "ngx_http_gatehouse_identity.h"
#include "ngx_http_gatehouse_mail.h"
#include "ngx_http_gatehouse_marks.h"
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_pool.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_session.h"
#include "ngx_http_gatehouse_settings.h"
#include "ngx_http_gatehouse_zone.h"

#define NGX_HTTP_GATEHOUSE_ZONE_SIZE    (16 * 1024 * 1024)
#define NGX_HTTP_GATEHOUSE_BASIC_CACHE  60          /* s */

static void *ngx_http_gatehouse_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_gatehouse_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_gatehouse_create_srv_conf(ngx_conf_t *cf);
static char *ngx_http_gatehouse_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child);
static void *ngx_http_gatehouse_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gatehouse_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);
static ngx_int_t ngx_http_gatehouse_add_variables(ngx_conf_t *cf);
static ngx_int_t ngx_http_gatehouse_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_gatehouse_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_gatehouse_init_process(ngx_cycle_t *cycle);
static void ngx_http_gatehouse_exit_process(ngx_cycle_t *cycle);

static char *ngx_http_gatehouse_set_config(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_gatehouse_set_access(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_gatehouse_set_portal(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_gatehouse_set_metrics(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

static ngx_conf_num_bounds_t  ngx_http_gatehouse_zone_bounds = {
    ngx_conf_check_num_bounds, 65536, -1
};

static ngx_conf_num_bounds_t  ngx_http_gatehouse_basic_cache_bounds = {
    ngx_conf_check_num_bounds, 0, 3600
};

static ngx_command_t  ngx_http_gatehouse_commands[] = {

    { ngx_string("gatehouse_config"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_gatehouse_set_config,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gatehouse_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_gatehouse_main_conf_t, zone_size),
      &ngx_http_gatehouse_zone_bounds },

    { ngx_string("gatehouse_access"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gatehouse_set_access,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gatehouse_basic"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_gatehouse_loc_conf_t, basic),
      NULL },

    { ngx_string("gatehouse_basic_cache"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_sec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_gatehouse_main_conf_t, basic_cache),
      &ngx_http_gatehouse_basic_cache_bounds },

    { ngx_string("gatehouse_pass_cookie"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_gatehouse_loc_conf_t, pass_cookie),
      NULL },

    { ngx_string("gatehouse_portal"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_gatehouse_set_portal,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gatehouse_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_gatehouse_set_metrics,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};

static ngx_http_module_t  ngx_http_gatehouse_module_ctx = {
    ngx_http_gatehouse_add_variables,       /* preconfiguration */
    ngx_http_gatehouse_init,                /* postconfiguration */

    ngx_http_gatehouse_create_main_conf,    /* create main configuration */
    ngx_http_gatehouse_init_main_conf,      /* init main configuration */

    ngx_http_gatehouse_create_srv_conf,     /* create server configuration */
    ngx_http_gatehouse_merge_srv_conf,      /* merge server configuration */

    ngx_http_gatehouse_create_loc_conf,     /* create location configuration */
    ngx_http_gatehouse_merge_loc_conf       /* merge location configuration */
};

ngx_module_t  ngx_http_gatehouse_module = {
    NGX_MODULE_V1,
    &ngx_http_gatehouse_module_ctx,         /* module context */
    ngx_http_gatehouse_commands,            /* module directives */
    NGX_HTTP_MODULE,                        /* module type */
    NULL,                                   /* init master */
    ngx_http_gatehouse_init_module,         /* init module */
    ngx_http_gatehouse_init_process,        /* init process */
    NULL,                                   /* init thread */
    NULL,                                   /* exit thread */
    ngx_http_gatehouse_exit_process,        /* exit process */
    NULL,                                   /* exit master */
    NGX_MODULE_V1_PADDING
};


/* Configurations. */

static void
ngx_http_gatehouse_cleanup_main_conf(void *data)
{
    ngx_http_gatehouse_settings_free(data);
}

static void *
ngx_http_gatehouse_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_gatehouse_main_conf_t  *gmcf;

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_http_gatehouse_main_conf_t));

    if (cln == NULL) {
        return NULL;
    }

    gmcf = cln->data;
    ngx_memzero(gmcf, sizeof(ngx_http_gatehouse_main_conf_t));
    cln->handler = ngx_http_gatehouse_cleanup_main_conf;
    gmcf->zone_size = NGX_CONF_UNSET_SIZE;
    gmcf->basic_cache = NGX_CONF_UNSET;

    return gmcf;
}

static char *
ngx_http_gatehouse_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_gatehouse_main_conf_t  *gmcf = conf;

    if (gmcf->config == NULL) {
        if (gmcf->in_use) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "gatehouse_access, gatehouse_portal and gatehouse_metrics need a "
                          "\"gatehouse_config FILE;\" in the http block");
            return NGX_CONF_ERROR;
        }
        return NGX_CONF_OK;
    }

    ngx_conf_init_size_value(gmcf->zone_size, NGX_HTTP_GATEHOUSE_ZONE_SIZE);
    ngx_conf_init_value(gmcf->basic_cache, NGX_HTTP_GATEHOUSE_BASIC_CACHE);

    gmcf->zone = ngx_http_gatehouse_zone_add(cf, gmcf->zone_size);
    gmcf->metrics = ngx_http_gatehouse_metrics_zone_add(cf);

    return gmcf->zone != NULL && gmcf->metrics != NULL ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static void *
ngx_http_gatehouse_create_srv_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gatehouse_srv_conf_t));
}

static char *
ngx_http_gatehouse_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gatehouse_srv_conf_t  *prev = parent;
    ngx_http_gatehouse_srv_conf_t  *gscf = child;

    gscf->strip |= prev->strip;

    return NGX_CONF_OK;
}

static void *
ngx_http_gatehouse_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gatehouse_loc_conf_t  *glcf;

    glcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gatehouse_loc_conf_t));

    if (glcf == NULL) {
        return NULL;
    }

    glcf->mode = NGX_CONF_UNSET_UINT;
    glcf->basic = NGX_CONF_UNSET;
    glcf->pass_cookie = NGX_CONF_UNSET;

    return glcf;
}

/* A password is never written to a disk, and fits one buffer. */
static void
ngx_http_gatehouse_bound_body(ngx_conf_t *cf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    clcf->client_max_body_size = NGX_HTTP_GATEHOUSE_BODY_MAX;
    clcf->client_body_buffer_size = NGX_HTTP_GATEHOUSE_BODY_MAX + 1024;
    clcf->client_body_in_file_only = 0;
}

/* The portal's links and redirects are made from portal.url: it has to answer there. */
static char *
ngx_http_gatehouse_check_portal(ngx_conf_t *cf)
{
    size_t                           len;
    const char                      *prefix;
    ngx_http_core_loc_conf_t        *clcf;
    ngx_http_gatehouse_main_conf_t  *gmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gatehouse_module);

    if (gmcf->config == NULL) {
        return NGX_CONF_OK;
    }

    prefix = gmcf->config->portal.prefix;
    len = ngx_strlen(prefix);

    if (clcf->name.len == len + 1 && clcf->name.data[len] == '/'
        && ngx_strncmp(clcf->name.data, prefix, len) == 0)
    {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "gatehouse_portal belongs in \"location %s/ { }\", the path of portal.url "
                       "in %s, not in \"location %V\"",
                       prefix, gmcf->config->path, &clcf->name);

    return NGX_CONF_ERROR;
}

static char *
ngx_http_gatehouse_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_uint_t                       i;
    ngx_str_t                       *realms;
    ngx_http_gatehouse_loc_conf_t   *prev = parent;
    ngx_http_gatehouse_loc_conf_t   *glcf = child;
    ngx_http_gatehouse_main_conf_t  *gmcf;

    ngx_conf_merge_value(glcf->basic, prev->basic, 0);
    ngx_conf_merge_value(glcf->pass_cookie, prev->pass_cookie, 0);

    if (glcf->mode == NGX_CONF_UNSET_UINT) {
        glcf->realms = prev->realms;
    }

    ngx_conf_merge_uint_value(glcf->mode, prev->mode, NGX_HTTP_GATEHOUSE_OFF);

    if (glcf->portal) {
        if (ngx_http_gatehouse_check_portal(cf) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }

        ngx_http_gatehouse_bound_body(cf);
    }

    if (glcf->mode != NGX_HTTP_GATEHOUSE_REALMS) {
        return NGX_CONF_OK;
    }

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gatehouse_module);
    realms = glcf->realms->elts;

    for (i = 0; gmcf->config != NULL && i < glcf->realms->nelts; i++) {
        if (gh_config_realm(gmcf->config, ngx_http_gatehouse_text(realms[i])) == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "gatehouse_access: \"%V\" is no realm of %s", &realms[i],
                               gmcf->config->path);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* Directives. */

static char *
ngx_http_gatehouse_set_config(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                       *value = cf->args->elts;
    ngx_http_gatehouse_main_conf_t  *gmcf = conf;

    if (gmcf->config != NULL) {
        return "is duplicate";
    }

    if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_gatehouse_settings_read(cf, gmcf, &value[1]);
}

/* From here on the server strips identity headers, in each of its locations. */
static void
ngx_http_gatehouse_switch_on(ngx_conf_t *cf)
{
    ngx_http_gatehouse_srv_conf_t   *gscf;
    ngx_http_gatehouse_main_conf_t  *gmcf;

    gscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_gatehouse_module);
    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gatehouse_module);

    gscf->strip = 1;
    gmcf->in_use = 1;
}

static char *
ngx_http_gatehouse_set_access(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    static const ngx_str_t          modes[] = { ngx_string("off"), ngx_string("optional"),
                                                ngx_string("any") };
    ngx_str_t                      *value = cf->args->elts, *realm;
    ngx_uint_t                      i, mode;
    ngx_http_gatehouse_loc_conf_t  *glcf = conf;

    if (glcf->mode != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    ngx_http_gatehouse_switch_on(cf);

    for (i = 1; i < cf->args->nelts; i++) {
        for (mode = NGX_HTTP_GATEHOUSE_OFF; mode <= NGX_HTTP_GATEHOUSE_ANY; mode++) {
            if (!gh_text_equal(ngx_http_gatehouse_text(value[i]),
                               ngx_http_gatehouse_text(modes[mode])))
            {
                continue;
            }

            if (cf->args->nelts > 2) {
                return "takes off, optional, any, or names of realms";
            }

            glcf->mode = mode;
            return NGX_CONF_OK;
        }
    }

    glcf->mode = NGX_HTTP_GATEHOUSE_REALMS;
    glcf->realms = ngx_array_create(cf->pool, cf->args->nelts - 1, sizeof(ngx_str_t));

    if (glcf->realms == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        realm = ngx_array_push(glcf->realms);
        *realm = value[i];
    }

    return NGX_CONF_OK;
}

static char *
ngx_http_gatehouse_set_portal(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t       *clcf;
    ngx_http_gatehouse_loc_conf_t  *glcf = conf;

    if (glcf->portal) {
        return "is duplicate";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_gatehouse_portal;
    glcf->portal = 1;
    ngx_http_gatehouse_switch_on(cf);

    return NGX_CONF_OK;
}

static char *
ngx_http_gatehouse_set_metrics(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t        *clcf;
    ngx_http_gatehouse_main_conf_t  *gmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gatehouse_module);

    if (clcf->handler != NULL) {
        return "is in a location that something else answers already";
    }

    clcf->handler = ngx_http_gatehouse_exposition;
    gmcf->in_use = 1;

    return NGX_CONF_OK;
}


/* Start. */

static ngx_int_t
ngx_http_gatehouse_add_variables(ngx_conf_t *cf)
{
    return ngx_http_gatehouse_identity_variables(cf);
}

static ngx_int_t
ngx_http_gatehouse_add_handler(ngx_http_core_main_conf_t *cmcf, ngx_http_phases phase,
    ngx_http_handler_pt handler)
{
    ngx_http_handler_pt  *h = ngx_array_push(&cmcf->phases[phase].handlers);

    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = handler;

    return NGX_OK;
}

static ngx_int_t
ngx_http_gatehouse_init(ngx_conf_t *cf)
{
    int                              version;
    ngx_http_core_main_conf_t       *cmcf;
    ngx_http_gatehouse_main_conf_t  *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gatehouse_module);
    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (!gmcf->in_use) {
        return NGX_OK;
    }

    /* libldap's first use reads files and looks its host up: not in a worker. */
    if (setenv("LDAPNOINIT", "1", 1) != 0
        || ldap_get_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version) != LDAP_OPT_SUCCESS)
    {
        return NGX_ERROR;
    }

    if (ngx_http_gatehouse_add_handler(cmcf, NGX_HTTP_POST_READ_PHASE,
                                       ngx_http_gatehouse_identity_strip)
            != NGX_OK
        || ngx_http_gatehouse_add_handler(cmcf, NGX_HTTP_PREACCESS_PHASE,
                                          ngx_http_gatehouse_hold)
               != NGX_OK
        || ngx_http_gatehouse_add_handler(cmcf, NGX_HTTP_ACCESS_PHASE,
                                          ngx_http_gatehouse_access)
               != NGX_OK
        || ngx_http_gatehouse_add_handler(cmcf, NGX_HTTP_PRECONTENT_PHASE,
                                          ngx_http_gatehouse_identity_hand_on)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}

/* The logs of the configuration are open now. */
static ngx_int_t
ngx_http_gatehouse_init_module(ngx_cycle_t *cycle)
{
    ngx_http_gatehouse_main_conf_t  *gmcf;

    gmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_gatehouse_module);

    if (gmcf != NULL && gmcf->config != NULL) {
        ngx_http_gatehouse_settings_warn(cycle, gmcf);
    }

    return NGX_OK;
}

static ngx_int_t
ngx_http_gatehouse_init_process(ngx_cycle_t *cycle)
{
    ngx_http_gatehouse_main_conf_t  *gmcf;

    gmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_gatehouse_module);

    if (gmcf == NULL || gmcf->config == NULL) {
        return NGX_OK;
    }

    /* Keys and passwords stand in this process: no core file, whatever nginx allows. */
    if (prctl(PR_SET_DUMPABLE, 0) == -1) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, ngx_errno,
                      "gatehouse: core files stay possible");
    }

    ngx_http_gatehouse_metrics_start(gmcf);

    gmcf->pool = ngx_http_gatehouse_pool_create(cycle, gmcf);
    gmcf->sessions = ngx_http_gatehouse_sessions_create(cycle);
    gmcf->credentials = ngx_http_gatehouse_credentials_create(cycle, gmcf);

    if (gmcf->config->mail.url != NULL) {
        gmcf->mails = ngx_http_gatehouse_mails_create(cycle, gmcf);

        if (gmcf->mails == NULL) {
            return NGX_ERROR;
        }
    }

    if (gmcf->pool == NULL || gmcf->sessions == NULL || gmcf->credentials == NULL) {
        return NGX_ERROR;
    }

    return ngx_http_gatehouse_marks_start(cycle, gmcf);
}

static void
ngx_http_gatehouse_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_gatehouse_main_conf_t  *gmcf;

    gmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_gatehouse_module);

    if (gmcf != NULL && gmcf->mails != NULL) {
        ngx_http_gatehouse_mails_end(gmcf->mails);
    }

    if (gmcf != NULL && gmcf->metrics != NULL) {
        ngx_http_gatehouse_metrics_end(gmcf);
    }
}
