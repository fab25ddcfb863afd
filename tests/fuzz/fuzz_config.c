/*
 * Fuzz: gatehouse.conf.
 */

/* Config. */
#include "config/config.h"

/* Tests. */
#include "fuzz.h"
#include "fuzz_file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_file_t  file;
    gh_config_t *config;
    gh_error_t   error = { "" };

    fuzz_file_open(&file, data, size);
    config = gh_config_read(file.path, &error);

    /* It is good, or somebody is told why not. */
    FUZZ_HOLDS((config == NULL) == (error.text[0] != '\0'));
    FUZZ_HOLDS(
        config == NULL || (config->realm_count > 0 && config->directory.uris[0] != NULL));

    gh_config_free(config);
    fuzz_file_close(&file);

    return 0;
}
