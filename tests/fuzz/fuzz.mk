# Fuzz targets: replayed over their corpora by `make check`, let loose by `make fuzz`.

fuzz_targets = answer config cookie csv form session template

check_PROGRAMS += \
	tests/fuzz/replay_answer \
	tests/fuzz/replay_config \
	tests/fuzz/replay_cookie \
	tests/fuzz/replay_csv \
	tests/fuzz/replay_form \
	tests/fuzz/replay_session \
	tests/fuzz/replay_template

fuzz_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/ctl
fuzz_replay = tests/fuzz/replay.c tests/fuzz/fuzz.h
fuzz_file = tests/fuzz/fuzz_file.c tests/fuzz/fuzz_file.h
fuzz_csv = ctl/charset.c ctl/csv_rows.c ctl/master_file.c

tests_fuzz_replay_answer_SOURCES = tests/fuzz/fuzz_answer.c $(fuzz_replay)
tests_fuzz_replay_answer_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_replay_answer_LDADD = $(library_libs)

tests_fuzz_replay_config_SOURCES = tests/fuzz/fuzz_config.c $(fuzz_replay) $(fuzz_file)
tests_fuzz_replay_config_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_replay_config_LDADD = $(library_libs)

tests_fuzz_replay_cookie_SOURCES = tests/fuzz/fuzz_cookie.c $(fuzz_replay)
tests_fuzz_replay_cookie_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_replay_cookie_LDADD = $(library_libs)

tests_fuzz_replay_csv_SOURCES = tests/fuzz/fuzz_csv.c $(fuzz_replay) $(fuzz_file) $(fuzz_csv)
tests_fuzz_replay_csv_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_replay_csv_LDADD = $(library_libs) $(CSV_LIBS)

tests_fuzz_replay_form_SOURCES = tests/fuzz/fuzz_form.c $(fuzz_replay)
tests_fuzz_replay_form_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_replay_form_LDADD = $(library_libs)

tests_fuzz_replay_session_SOURCES = tests/fuzz/fuzz_session.c $(fuzz_replay) $(fuzz_file)
tests_fuzz_replay_session_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_replay_session_LDADD = $(library_libs)

tests_fuzz_replay_template_SOURCES = tests/fuzz/fuzz_template.c $(fuzz_replay)
tests_fuzz_replay_template_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_replay_template_LDADD = $(library_libs)

# With clang and libFuzzer, in fuzz-build/: each target for FUZZ_SECONDS.  What it finds
# stays there; what is worth keeping goes into the corpus.
FUZZ_SECONDS = 600
FUZZ_TARGETS = $(fuzz_targets)

fuzz:
	@CC=clang CPPFLAGS='$(CPPFLAGS) $(AM_CPPFLAGS) -I$(srcdir)/ctl' \
	LIBS='$(subst libgatehouse.la,,$(library_libs)) $(CSV_LIBS)' \
	LIBRARY='$(gatehouse_lib_files)' \
	$(BASH) $(srcdir)/tests/fuzz/fuzz.sh '$(srcdir)' $(FUZZ_SECONDS) $(FUZZ_TARGETS)

.PHONY: fuzz

tests/checks/corpus.log: \
	tests/fuzz/replay_answer tests/fuzz/replay_config tests/fuzz/replay_cookie \
	tests/fuzz/replay_csv tests/fuzz/replay_form tests/fuzz/replay_session \
	tests/fuzz/replay_template
