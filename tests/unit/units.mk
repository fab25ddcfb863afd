# The unit tests: one program a file of lib/ or ctl/, and what each is made of.

unit_programs = \
	tests/unit/test_alive \
	tests/unit/test_admit \
	tests/unit/test_answer \
	tests/unit/test_audit \
	tests/unit/test_basic \
	tests/unit/test_buf \
	tests/unit/test_card \
	tests/unit/test_charset \
	tests/unit/test_client \
	tests/unit/test_client_loss \
	tests/unit/test_clock \
	tests/unit/test_config \
	tests/unit/test_cookie \
	tests/unit/test_csn \
	tests/unit/test_csv_rows \
	tests/unit/test_dial \
	tests/unit/test_dn \
	tests/unit/test_drive \
	tests/unit/test_error \
	tests/unit/test_field \
	tests/unit/test_file \
	tests/unit/test_filter \
	tests/unit/test_find \
	tests/unit/test_firstsignin \
	tests/unit/test_flow \
	tests/unit/test_fold \
	tests/unit/test_folder \
	tests/unit/test_forgot \
	tests/unit/test_form \
	tests/unit/test_hold \
	tests/unit/test_keyring \
	tests/unit/test_keyring_write \
	tests/unit/test_license \
	tests/unit/test_link \
	tests/unit/test_lookup \
	tests/unit/test_marks \
	tests/unit/test_marks_write \
	tests/unit/test_next \
	tests/unit/test_onfile \
	tests/unit/test_outcome \
	tests/unit/test_ownpassword \
	tests/unit/test_pace \
	tests/unit/test_parse \
	tests/unit/test_password \
	tests/unit/test_pattern \
	tests/unit/test_person \
	tests/unit/test_probe \
	tests/unit/test_profile \
	tests/unit/test_proquint \
	tests/unit/test_random \
	tests/unit/test_reader \
	tests/unit/test_realm \
	tests/unit/test_recover \
	tests/unit/test_recovery \
	tests/unit/test_register \
	tests/unit/test_render \
	tests/unit/test_request \
	tests/unit/test_rule \
	tests/unit/test_seal \
	tests/unit/test_secret \
	tests/unit/test_section_audit \
	tests/unit/test_section_directory \
	tests/unit/test_section_mail \
	tests/unit/test_section_pam \
	tests/unit/test_section_portal \
	tests/unit/test_section_realm \
	tests/unit/test_section_session \
	tests/unit/test_section_throttle \
	tests/unit/test_seen \
	tests/unit/test_servers \
	tests/unit/test_session \
	tests/unit/test_setting \
	tests/unit/test_settle \
	tests/unit/test_signin \
	tests/unit/test_signin_typed \
	tests/unit/test_source \
	tests/unit/test_staff \
	tests/unit/test_stamp \
	tests/unit/test_state \
	tests/unit/test_strength \
	tests/unit/test_template \
	tests/unit/test_text \
	tests/unit/test_throttle \
	tests/unit/test_ticket \
	tests/unit/test_token \
	tests/unit/test_typed \
	tests/unit/test_uri \
	tests/unit/test_value \
	tests/unit/test_verdict \
	tests/unit/test_way \
	tests/unit/test_wire \
	tests/unit/test_wire_answer

unit_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/ctl -I$(srcdir)/tests/unit
unit_libs = $(library_libs) $(CMOCKA_LIBS)

# The directory that some of them play.
unit_directory = tests/unit/false_directory.c tests/unit/false_tls.c
unit_two = tests/unit/two_servers.c $(unit_directory)

tests_unit_test_alive_SOURCES = tests/unit/test_alive.c
tests_unit_test_alive_CPPFLAGS = $(unit_cppflags)
tests_unit_test_alive_LDADD = $(unit_libs)

tests_unit_test_admit_SOURCES = tests/unit/test_admit.c
tests_unit_test_admit_CPPFLAGS = $(unit_cppflags)
tests_unit_test_admit_LDADD = $(unit_libs)

tests_unit_test_answer_SOURCES = tests/unit/test_answer.c
tests_unit_test_answer_CPPFLAGS = $(unit_cppflags)
tests_unit_test_answer_LDADD = $(unit_libs)

tests_unit_test_audit_SOURCES = tests/unit/test_audit.c
tests_unit_test_audit_CPPFLAGS = $(unit_cppflags)
tests_unit_test_audit_LDADD = $(unit_libs)

tests_unit_test_basic_SOURCES = tests/unit/test_basic.c
tests_unit_test_basic_CPPFLAGS = $(unit_cppflags)
tests_unit_test_basic_LDADD = $(unit_libs)

tests_unit_test_buf_SOURCES = tests/unit/test_buf.c
tests_unit_test_buf_CPPFLAGS = $(unit_cppflags)
tests_unit_test_buf_LDADD = $(unit_libs)

tests_unit_test_card_SOURCES = tests/unit/test_card.c
tests_unit_test_card_CPPFLAGS = $(unit_cppflags)
tests_unit_test_card_LDADD = $(unit_libs)

tests_unit_test_charset_SOURCES = tests/unit/test_charset.c ctl/charset.c
tests_unit_test_charset_CPPFLAGS = $(unit_cppflags)
tests_unit_test_charset_LDADD = $(unit_libs)

tests_unit_test_client_SOURCES = tests/unit/test_client.c $(unit_two)
tests_unit_test_client_CPPFLAGS = $(unit_cppflags)
tests_unit_test_client_LDADD = $(unit_libs)
tests_unit_test_client_loss_SOURCES = tests/unit/test_client_loss.c $(unit_two)
tests_unit_test_client_loss_CPPFLAGS = $(unit_cppflags)
tests_unit_test_client_loss_LDADD = $(unit_libs)

tests_unit_test_clock_SOURCES = tests/unit/test_clock.c
tests_unit_test_clock_CPPFLAGS = $(unit_cppflags)
tests_unit_test_clock_LDADD = $(unit_libs)

tests_unit_test_config_SOURCES = tests/unit/test_config.c
tests_unit_test_config_CPPFLAGS = $(unit_cppflags)
tests_unit_test_config_LDADD = $(unit_libs)

tests_unit_test_cookie_SOURCES = tests/unit/test_cookie.c
tests_unit_test_cookie_CPPFLAGS = $(unit_cppflags)
tests_unit_test_cookie_LDADD = $(unit_libs)

tests_unit_test_csn_SOURCES = tests/unit/test_csn.c
tests_unit_test_csn_CPPFLAGS = $(unit_cppflags)
tests_unit_test_csn_LDADD = $(unit_libs)
tests_unit_test_csv_rows_SOURCES = tests/unit/test_csv_rows.c ctl/csv_rows.c
tests_unit_test_csv_rows_CPPFLAGS = $(unit_cppflags)
tests_unit_test_csv_rows_LDADD = $(CSV_LIBS) $(unit_libs)

tests_unit_test_dial_SOURCES = tests/unit/test_dial.c
tests_unit_test_dial_CPPFLAGS = $(unit_cppflags)
tests_unit_test_dial_LDADD = $(unit_libs)

tests_unit_test_dn_SOURCES = tests/unit/test_dn.c
tests_unit_test_dn_CPPFLAGS = $(unit_cppflags)
tests_unit_test_dn_LDADD = $(unit_libs)

tests_unit_test_drive_SOURCES = tests/unit/test_drive.c
tests_unit_test_drive_CPPFLAGS = $(unit_cppflags)
tests_unit_test_drive_LDADD = $(unit_libs)

tests_unit_test_error_SOURCES = tests/unit/test_error.c
tests_unit_test_error_CPPFLAGS = $(unit_cppflags)
tests_unit_test_error_LDADD = $(unit_libs)

tests_unit_test_field_SOURCES = tests/unit/test_field.c
tests_unit_test_field_CPPFLAGS = $(unit_cppflags)
tests_unit_test_field_LDADD = $(unit_libs)

tests_unit_test_file_SOURCES = tests/unit/test_file.c
tests_unit_test_file_CPPFLAGS = $(unit_cppflags)
tests_unit_test_file_LDADD = $(unit_libs)

tests_unit_test_filter_SOURCES = tests/unit/test_filter.c
tests_unit_test_filter_CPPFLAGS = $(unit_cppflags)
tests_unit_test_filter_LDADD = $(unit_libs)

tests_unit_test_find_SOURCES = tests/unit/test_find.c
tests_unit_test_find_CPPFLAGS = $(unit_cppflags)
tests_unit_test_find_LDADD = $(unit_libs)

tests_unit_test_firstsignin_SOURCES = tests/unit/test_firstsignin.c
tests_unit_test_firstsignin_CPPFLAGS = $(unit_cppflags)
tests_unit_test_firstsignin_LDADD = $(unit_libs)

tests_unit_test_flow_SOURCES = tests/unit/test_flow.c
tests_unit_test_flow_CPPFLAGS = $(unit_cppflags)
tests_unit_test_flow_LDADD = $(unit_libs)

tests_unit_test_fold_SOURCES = tests/unit/test_fold.c
tests_unit_test_fold_CPPFLAGS = $(unit_cppflags)
tests_unit_test_fold_LDADD = $(unit_libs)

tests_unit_test_folder_SOURCES = tests/unit/test_folder.c
tests_unit_test_folder_CPPFLAGS = $(unit_cppflags)
tests_unit_test_folder_LDADD = $(unit_libs)

tests_unit_test_forgot_SOURCES = tests/unit/test_forgot.c
tests_unit_test_forgot_CPPFLAGS = $(unit_cppflags)
tests_unit_test_forgot_LDADD = $(unit_libs)

tests_unit_test_form_SOURCES = tests/unit/test_form.c
tests_unit_test_form_CPPFLAGS = $(unit_cppflags)
tests_unit_test_form_LDADD = $(unit_libs)

tests_unit_test_hold_SOURCES = tests/unit/test_hold.c
tests_unit_test_hold_CPPFLAGS = $(unit_cppflags)
tests_unit_test_hold_LDADD = $(unit_libs)

tests_unit_test_keyring_SOURCES = tests/unit/test_keyring.c
tests_unit_test_keyring_CPPFLAGS = $(unit_cppflags)
tests_unit_test_keyring_LDADD = $(unit_libs)
tests_unit_test_keyring_write_SOURCES = tests/unit/test_keyring_write.c
tests_unit_test_keyring_write_CPPFLAGS = $(unit_cppflags)
tests_unit_test_keyring_write_LDADD = $(unit_libs)

tests_unit_test_license_SOURCES = tests/unit/test_license.c
tests_unit_test_license_CPPFLAGS = $(unit_cppflags)
tests_unit_test_license_LDADD = $(unit_libs)

tests_unit_test_link_SOURCES = tests/unit/test_link.c $(unit_directory)
tests_unit_test_link_CPPFLAGS = $(unit_cppflags)
tests_unit_test_link_LDADD = $(unit_libs)

tests_unit_test_lookup_SOURCES = tests/unit/test_lookup.c
tests_unit_test_lookup_CPPFLAGS = $(unit_cppflags)
tests_unit_test_lookup_LDADD = $(unit_libs)

tests_unit_test_marks_SOURCES = tests/unit/test_marks.c
tests_unit_test_marks_CPPFLAGS = $(unit_cppflags)
tests_unit_test_marks_LDADD = $(unit_libs)

tests_unit_test_marks_write_SOURCES = tests/unit/test_marks_write.c
tests_unit_test_marks_write_CPPFLAGS = $(unit_cppflags)
tests_unit_test_marks_write_LDADD = $(unit_libs)

tests_unit_test_next_SOURCES = tests/unit/test_next.c
tests_unit_test_next_CPPFLAGS = $(unit_cppflags)
tests_unit_test_next_LDADD = $(unit_libs)

tests_unit_test_onfile_SOURCES = tests/unit/test_onfile.c
tests_unit_test_onfile_CPPFLAGS = $(unit_cppflags)
tests_unit_test_onfile_LDADD = $(unit_libs)

tests_unit_test_outcome_SOURCES = tests/unit/test_outcome.c
tests_unit_test_outcome_CPPFLAGS = $(unit_cppflags)
tests_unit_test_outcome_LDADD = $(unit_libs)

tests_unit_test_parse_SOURCES = tests/unit/test_parse.c
tests_unit_test_parse_CPPFLAGS = $(unit_cppflags)
tests_unit_test_parse_LDADD = $(unit_libs)

tests_unit_test_ownpassword_SOURCES = tests/unit/test_ownpassword.c
tests_unit_test_ownpassword_CPPFLAGS = $(unit_cppflags)
tests_unit_test_ownpassword_LDADD = $(unit_libs)
tests_unit_test_pace_SOURCES = tests/unit/test_pace.c
tests_unit_test_pace_CPPFLAGS = $(unit_cppflags)
tests_unit_test_pace_LDADD = $(unit_libs)

tests_unit_test_password_SOURCES = tests/unit/test_password.c
tests_unit_test_password_CPPFLAGS = $(unit_cppflags)
tests_unit_test_password_LDADD = $(unit_libs)

tests_unit_test_pattern_SOURCES = tests/unit/test_pattern.c
tests_unit_test_pattern_CPPFLAGS = $(unit_cppflags)
tests_unit_test_pattern_LDADD = $(unit_libs)

tests_unit_test_person_SOURCES = tests/unit/test_person.c
tests_unit_test_person_CPPFLAGS = $(unit_cppflags)
tests_unit_test_person_LDADD = $(unit_libs)

tests_unit_test_probe_SOURCES = tests/unit/test_probe.c $(unit_directory)
tests_unit_test_probe_CPPFLAGS = $(unit_cppflags)
tests_unit_test_probe_LDADD = $(unit_libs)

tests_unit_test_profile_SOURCES = tests/unit/test_profile.c
tests_unit_test_profile_CPPFLAGS = $(unit_cppflags)
tests_unit_test_profile_LDADD = $(unit_libs)

tests_unit_test_proquint_SOURCES = tests/unit/test_proquint.c ctl/proquint.c
tests_unit_test_proquint_CPPFLAGS = $(unit_cppflags)
tests_unit_test_proquint_LDADD = $(unit_libs)

tests_unit_test_reader_SOURCES = tests/unit/test_reader.c
tests_unit_test_reader_CPPFLAGS = $(unit_cppflags)
tests_unit_test_reader_LDADD = $(unit_libs)

tests_unit_test_random_SOURCES = tests/unit/test_random.c
tests_unit_test_random_CPPFLAGS = $(unit_cppflags)
tests_unit_test_random_LDADD = $(unit_libs)

tests_unit_test_realm_SOURCES = tests/unit/test_realm.c
tests_unit_test_realm_CPPFLAGS = $(unit_cppflags)
tests_unit_test_realm_LDADD = $(unit_libs)

tests_unit_test_recover_SOURCES = tests/unit/test_recover.c
tests_unit_test_recover_CPPFLAGS = $(unit_cppflags)
tests_unit_test_recover_LDADD = $(unit_libs)

tests_unit_test_recovery_SOURCES = tests/unit/test_recovery.c
tests_unit_test_recovery_CPPFLAGS = $(unit_cppflags)
tests_unit_test_recovery_LDADD = $(unit_libs)

tests_unit_test_register_SOURCES = tests/unit/test_register.c
tests_unit_test_register_CPPFLAGS = $(unit_cppflags)
tests_unit_test_register_LDADD = $(unit_libs)

tests_unit_test_render_SOURCES = tests/unit/test_render.c
tests_unit_test_render_CPPFLAGS = $(unit_cppflags)
tests_unit_test_render_LDADD = $(unit_libs)

tests_unit_test_request_SOURCES = tests/unit/test_request.c
tests_unit_test_request_CPPFLAGS = $(unit_cppflags)
tests_unit_test_request_LDADD = $(unit_libs)

tests_unit_test_rule_SOURCES = tests/unit/test_rule.c
tests_unit_test_rule_CPPFLAGS = $(unit_cppflags)
tests_unit_test_rule_LDADD = $(unit_libs)

tests_unit_test_seal_SOURCES = tests/unit/test_seal.c
tests_unit_test_seal_CPPFLAGS = $(unit_cppflags)
tests_unit_test_seal_LDADD = $(unit_libs)

tests_unit_test_secret_SOURCES = tests/unit/test_secret.c
tests_unit_test_secret_CPPFLAGS = $(unit_cppflags)
tests_unit_test_secret_LDADD = $(unit_libs)

tests_unit_test_section_audit_SOURCES = tests/unit/test_section_audit.c
tests_unit_test_section_audit_CPPFLAGS = $(unit_cppflags)
tests_unit_test_section_audit_LDADD = $(unit_libs)

tests_unit_test_section_directory_SOURCES = tests/unit/test_section_directory.c
tests_unit_test_section_directory_CPPFLAGS = $(unit_cppflags)
tests_unit_test_section_directory_LDADD = $(unit_libs)

tests_unit_test_section_mail_SOURCES = tests/unit/test_section_mail.c
tests_unit_test_section_mail_CPPFLAGS = $(unit_cppflags)
tests_unit_test_section_mail_LDADD = $(unit_libs)

tests_unit_test_section_pam_SOURCES = tests/unit/test_section_pam.c
tests_unit_test_section_pam_CPPFLAGS = $(unit_cppflags)
tests_unit_test_section_pam_LDADD = $(unit_libs)

tests_unit_test_section_portal_SOURCES = tests/unit/test_section_portal.c
tests_unit_test_section_portal_CPPFLAGS = $(unit_cppflags)
tests_unit_test_section_portal_LDADD = $(unit_libs)

tests_unit_test_section_realm_SOURCES = tests/unit/test_section_realm.c
tests_unit_test_section_realm_CPPFLAGS = $(unit_cppflags)
tests_unit_test_section_realm_LDADD = $(unit_libs)

tests_unit_test_section_session_SOURCES = tests/unit/test_section_session.c
tests_unit_test_section_session_CPPFLAGS = $(unit_cppflags)
tests_unit_test_section_session_LDADD = $(unit_libs)

tests_unit_test_section_throttle_SOURCES = tests/unit/test_section_throttle.c
tests_unit_test_section_throttle_CPPFLAGS = $(unit_cppflags)
tests_unit_test_section_throttle_LDADD = $(unit_libs)

tests_unit_test_seen_SOURCES = tests/unit/test_seen.c ctl/seen.c
tests_unit_test_seen_CPPFLAGS = $(unit_cppflags)
tests_unit_test_seen_LDADD = $(unit_libs)

tests_unit_test_servers_SOURCES = tests/unit/test_servers.c $(unit_directory)
tests_unit_test_servers_CPPFLAGS = $(unit_cppflags)
tests_unit_test_servers_LDADD = $(unit_libs)

tests_unit_test_session_SOURCES = tests/unit/test_session.c
tests_unit_test_session_CPPFLAGS = $(unit_cppflags)
tests_unit_test_session_LDADD = $(unit_libs)

tests_unit_test_setting_SOURCES = tests/unit/test_setting.c
tests_unit_test_setting_CPPFLAGS = $(unit_cppflags)
tests_unit_test_setting_LDADD = $(unit_libs)

tests_unit_test_settle_SOURCES = tests/unit/test_settle.c
tests_unit_test_settle_CPPFLAGS = $(unit_cppflags)
tests_unit_test_settle_LDADD = $(unit_libs)

tests_unit_test_signin_SOURCES = tests/unit/test_signin.c
tests_unit_test_signin_CPPFLAGS = $(unit_cppflags)
tests_unit_test_signin_LDADD = $(unit_libs)

tests_unit_test_signin_typed_SOURCES = tests/unit/test_signin_typed.c
tests_unit_test_signin_typed_CPPFLAGS = $(unit_cppflags)
tests_unit_test_signin_typed_LDADD = $(unit_libs)

tests_unit_test_source_SOURCES = tests/unit/test_source.c
tests_unit_test_source_CPPFLAGS = $(unit_cppflags)
tests_unit_test_source_LDADD = $(unit_libs)

tests_unit_test_staff_SOURCES = tests/unit/test_staff.c
tests_unit_test_staff_CPPFLAGS = $(unit_cppflags)
tests_unit_test_staff_LDADD = $(unit_libs)

tests_unit_test_stamp_SOURCES = tests/unit/test_stamp.c
tests_unit_test_stamp_CPPFLAGS = $(unit_cppflags)
tests_unit_test_stamp_LDADD = $(unit_libs)

tests_unit_test_state_SOURCES = tests/unit/test_state.c
tests_unit_test_state_CPPFLAGS = $(unit_cppflags)
tests_unit_test_state_LDADD = $(unit_libs)

tests_unit_test_strength_SOURCES = tests/unit/test_strength.c
tests_unit_test_strength_CPPFLAGS = $(unit_cppflags)
tests_unit_test_strength_LDADD = $(unit_libs)

tests_unit_test_template_SOURCES = tests/unit/test_template.c
tests_unit_test_template_CPPFLAGS = $(unit_cppflags)
tests_unit_test_template_LDADD = $(unit_libs)

tests_unit_test_text_SOURCES = tests/unit/test_text.c
tests_unit_test_text_CPPFLAGS = $(unit_cppflags)
tests_unit_test_text_LDADD = $(unit_libs)

tests_unit_test_throttle_SOURCES = tests/unit/test_throttle.c
tests_unit_test_throttle_CPPFLAGS = $(unit_cppflags)
tests_unit_test_throttle_LDADD = $(unit_libs)

tests_unit_test_ticket_SOURCES = tests/unit/test_ticket.c
tests_unit_test_ticket_CPPFLAGS = $(unit_cppflags)
tests_unit_test_ticket_LDADD = $(unit_libs)

tests_unit_test_token_SOURCES = tests/unit/test_token.c
tests_unit_test_token_CPPFLAGS = $(unit_cppflags)
tests_unit_test_token_LDADD = $(unit_libs)

tests_unit_test_typed_SOURCES = tests/unit/test_typed.c
tests_unit_test_typed_CPPFLAGS = $(unit_cppflags)
tests_unit_test_typed_LDADD = $(unit_libs)

tests_unit_test_uri_SOURCES = tests/unit/test_uri.c
tests_unit_test_uri_CPPFLAGS = $(unit_cppflags)
tests_unit_test_uri_LDADD = $(unit_libs)

tests_unit_test_value_SOURCES = tests/unit/test_value.c
tests_unit_test_value_CPPFLAGS = $(unit_cppflags)
tests_unit_test_value_LDADD = $(unit_libs)

tests_unit_test_verdict_SOURCES = tests/unit/test_verdict.c
tests_unit_test_verdict_CPPFLAGS = $(unit_cppflags)
tests_unit_test_verdict_LDADD = $(unit_libs)

tests_unit_test_way_SOURCES = tests/unit/test_way.c
tests_unit_test_way_CPPFLAGS = $(unit_cppflags)
tests_unit_test_way_LDADD = $(unit_libs)

tests_unit_test_wire_SOURCES = tests/unit/test_wire.c
tests_unit_test_wire_CPPFLAGS = $(unit_cppflags)
tests_unit_test_wire_LDADD = $(unit_libs)

tests_unit_test_wire_answer_SOURCES = tests/unit/test_wire_answer.c
tests_unit_test_wire_answer_CPPFLAGS = $(unit_cppflags)
tests_unit_test_wire_answer_LDADD = $(unit_libs)

