# The unit tests: one program a file of lib/ or ctl/, and what each is made of.

unit_programs = \
	tests/unit/test_answer \
	tests/unit/test_buf \
	tests/unit/test_charset \
	tests/unit/test_clock \
	tests/unit/test_config \
	tests/unit/test_cookie \
	tests/unit/test_csv_rows \
	tests/unit/test_dn \
	tests/unit/test_drive \
	tests/unit/test_error \
	tests/unit/test_file \
	tests/unit/test_filter \
	tests/unit/test_flow \
	tests/unit/test_folder \
	tests/unit/test_form \
	tests/unit/test_keyring \
	tests/unit/test_license \
	tests/unit/test_next \
	tests/unit/test_onfile \
	tests/unit/test_reader \
	tests/unit/test_realm \
	tests/unit/test_request \
	tests/unit/test_seal \
	tests/unit/test_secret \
	tests/unit/test_seen \
	tests/unit/test_session \
	tests/unit/test_setting \
	tests/unit/test_signin \
	tests/unit/test_signin_typed \
	tests/unit/test_source \
	tests/unit/test_state \
	tests/unit/test_template \
	tests/unit/test_text \
	tests/unit/test_ticket \
	tests/unit/test_uri \
	tests/unit/test_value \
	tests/unit/test_verdict \
	tests/unit/test_wire \
	tests/unit/test_wire_answer

unit_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/ctl -I$(srcdir)/tests/unit
unit_libs = $(library_libs) $(CMOCKA_LIBS)

tests_unit_test_answer_SOURCES = tests/unit/test_answer.c
tests_unit_test_answer_CPPFLAGS = $(unit_cppflags)
tests_unit_test_answer_LDADD = $(unit_libs)

tests_unit_test_buf_SOURCES = tests/unit/test_buf.c
tests_unit_test_buf_CPPFLAGS = $(unit_cppflags)
tests_unit_test_buf_LDADD = $(unit_libs)

tests_unit_test_charset_SOURCES = tests/unit/test_charset.c ctl/charset.c
tests_unit_test_charset_CPPFLAGS = $(unit_cppflags)
tests_unit_test_charset_LDADD = $(unit_libs)

tests_unit_test_clock_SOURCES = tests/unit/test_clock.c
tests_unit_test_clock_CPPFLAGS = $(unit_cppflags)
tests_unit_test_clock_LDADD = $(unit_libs)

tests_unit_test_config_SOURCES = tests/unit/test_config.c
tests_unit_test_config_CPPFLAGS = $(unit_cppflags)
tests_unit_test_config_LDADD = $(unit_libs)

tests_unit_test_cookie_SOURCES = tests/unit/test_cookie.c
tests_unit_test_cookie_CPPFLAGS = $(unit_cppflags)
tests_unit_test_cookie_LDADD = $(unit_libs)

tests_unit_test_csv_rows_SOURCES = tests/unit/test_csv_rows.c ctl/csv_rows.c
tests_unit_test_csv_rows_CPPFLAGS = $(unit_cppflags)
tests_unit_test_csv_rows_LDADD = $(CSV_LIBS) $(unit_libs)

tests_unit_test_dn_SOURCES = tests/unit/test_dn.c
tests_unit_test_dn_CPPFLAGS = $(unit_cppflags)
tests_unit_test_dn_LDADD = $(unit_libs)

tests_unit_test_drive_SOURCES = tests/unit/test_drive.c
tests_unit_test_drive_CPPFLAGS = $(unit_cppflags)
tests_unit_test_drive_LDADD = $(unit_libs)

tests_unit_test_error_SOURCES = tests/unit/test_error.c
tests_unit_test_error_CPPFLAGS = $(unit_cppflags)
tests_unit_test_error_LDADD = $(unit_libs)

tests_unit_test_file_SOURCES = tests/unit/test_file.c
tests_unit_test_file_CPPFLAGS = $(unit_cppflags)
tests_unit_test_file_LDADD = $(unit_libs)

tests_unit_test_filter_SOURCES = tests/unit/test_filter.c
tests_unit_test_filter_CPPFLAGS = $(unit_cppflags)
tests_unit_test_filter_LDADD = $(unit_libs)

tests_unit_test_flow_SOURCES = tests/unit/test_flow.c
tests_unit_test_flow_CPPFLAGS = $(unit_cppflags)
tests_unit_test_flow_LDADD = $(unit_libs)

tests_unit_test_folder_SOURCES = tests/unit/test_folder.c
tests_unit_test_folder_CPPFLAGS = $(unit_cppflags)
tests_unit_test_folder_LDADD = $(unit_libs)

tests_unit_test_form_SOURCES = tests/unit/test_form.c
tests_unit_test_form_CPPFLAGS = $(unit_cppflags)
tests_unit_test_form_LDADD = $(unit_libs)

tests_unit_test_keyring_SOURCES = tests/unit/test_keyring.c
tests_unit_test_keyring_CPPFLAGS = $(unit_cppflags)
tests_unit_test_keyring_LDADD = $(unit_libs)

tests_unit_test_license_SOURCES = tests/unit/test_license.c
tests_unit_test_license_CPPFLAGS = $(unit_cppflags)
tests_unit_test_license_LDADD = $(unit_libs)

tests_unit_test_next_SOURCES = tests/unit/test_next.c
tests_unit_test_next_CPPFLAGS = $(unit_cppflags)
tests_unit_test_next_LDADD = $(unit_libs)

tests_unit_test_onfile_SOURCES = tests/unit/test_onfile.c
tests_unit_test_onfile_CPPFLAGS = $(unit_cppflags)
tests_unit_test_onfile_LDADD = $(unit_libs)

tests_unit_test_reader_SOURCES = tests/unit/test_reader.c
tests_unit_test_reader_CPPFLAGS = $(unit_cppflags)
tests_unit_test_reader_LDADD = $(unit_libs)

tests_unit_test_realm_SOURCES = tests/unit/test_realm.c
tests_unit_test_realm_CPPFLAGS = $(unit_cppflags)
tests_unit_test_realm_LDADD = $(unit_libs)

tests_unit_test_request_SOURCES = tests/unit/test_request.c
tests_unit_test_request_CPPFLAGS = $(unit_cppflags)
tests_unit_test_request_LDADD = $(unit_libs)

tests_unit_test_seal_SOURCES = tests/unit/test_seal.c
tests_unit_test_seal_CPPFLAGS = $(unit_cppflags)
tests_unit_test_seal_LDADD = $(unit_libs)

tests_unit_test_secret_SOURCES = tests/unit/test_secret.c
tests_unit_test_secret_CPPFLAGS = $(unit_cppflags)
tests_unit_test_secret_LDADD = $(unit_libs)

tests_unit_test_seen_SOURCES = tests/unit/test_seen.c ctl/seen.c
tests_unit_test_seen_CPPFLAGS = $(unit_cppflags)
tests_unit_test_seen_LDADD = $(unit_libs)

tests_unit_test_session_SOURCES = tests/unit/test_session.c
tests_unit_test_session_CPPFLAGS = $(unit_cppflags)
tests_unit_test_session_LDADD = $(unit_libs)

tests_unit_test_setting_SOURCES = tests/unit/test_setting.c
tests_unit_test_setting_CPPFLAGS = $(unit_cppflags)
tests_unit_test_setting_LDADD = $(unit_libs)

tests_unit_test_signin_SOURCES = tests/unit/test_signin.c
tests_unit_test_signin_CPPFLAGS = $(unit_cppflags)
tests_unit_test_signin_LDADD = $(unit_libs)

tests_unit_test_signin_typed_SOURCES = tests/unit/test_signin_typed.c
tests_unit_test_signin_typed_CPPFLAGS = $(unit_cppflags)
tests_unit_test_signin_typed_LDADD = $(unit_libs)

tests_unit_test_source_SOURCES = tests/unit/test_source.c
tests_unit_test_source_CPPFLAGS = $(unit_cppflags)
tests_unit_test_source_LDADD = $(unit_libs)

tests_unit_test_state_SOURCES = tests/unit/test_state.c
tests_unit_test_state_CPPFLAGS = $(unit_cppflags)
tests_unit_test_state_LDADD = $(unit_libs)

tests_unit_test_template_SOURCES = tests/unit/test_template.c
tests_unit_test_template_CPPFLAGS = $(unit_cppflags)
tests_unit_test_template_LDADD = $(unit_libs)

tests_unit_test_text_SOURCES = tests/unit/test_text.c
tests_unit_test_text_CPPFLAGS = $(unit_cppflags)
tests_unit_test_text_LDADD = $(unit_libs)

tests_unit_test_ticket_SOURCES = tests/unit/test_ticket.c
tests_unit_test_ticket_CPPFLAGS = $(unit_cppflags)
tests_unit_test_ticket_LDADD = $(unit_libs)

tests_unit_test_uri_SOURCES = tests/unit/test_uri.c
tests_unit_test_uri_CPPFLAGS = $(unit_cppflags)
tests_unit_test_uri_LDADD = $(unit_libs)

tests_unit_test_value_SOURCES = tests/unit/test_value.c
tests_unit_test_value_CPPFLAGS = $(unit_cppflags)
tests_unit_test_value_LDADD = $(unit_libs)

tests_unit_test_verdict_SOURCES = tests/unit/test_verdict.c
tests_unit_test_verdict_CPPFLAGS = $(unit_cppflags)
tests_unit_test_verdict_LDADD = $(unit_libs)

tests_unit_test_wire_SOURCES = tests/unit/test_wire.c
tests_unit_test_wire_CPPFLAGS = $(unit_cppflags)
tests_unit_test_wire_LDADD = $(unit_libs)

tests_unit_test_wire_answer_SOURCES = tests/unit/test_wire_answer.c
tests_unit_test_wire_answer_CPPFLAGS = $(unit_cppflags)
tests_unit_test_wire_answer_LDADD = $(unit_libs)

