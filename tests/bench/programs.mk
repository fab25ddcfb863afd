# The programs of the bench.  Tests run them too, for a moment.

bench_programs = \
	tests/bench/bare_sign_in \
	tests/bench/directory_load \
	tests/bench/pam_load \
	tests/bench/slow_line \
	tests/bench/yes_daemon

bench_meter = tests/bench/meter.c tests/bench/meter.h

tests_bench_bare_sign_in_SOURCES = tests/bench/bare_sign_in.c $(bench_meter)
tests_bench_bare_sign_in_LDADD = $(LDAP_LIBS)

tests_bench_directory_load_SOURCES = tests/bench/directory_load.c $(bench_meter)
tests_bench_directory_load_LDADD = $(LDAP_LIBS)

tests_bench_pam_load_SOURCES = tests/bench/pam_load.c $(bench_meter)
tests_bench_pam_load_LDADD = $(PAM_LIBS)

tests_bench_slow_line_SOURCES = tests/bench/slow_line.c $(bench_meter)

tests_bench_yes_daemon_SOURCES = tests/bench/yes_daemon.c $(bench_meter)
