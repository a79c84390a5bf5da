#include "ladder.h"

const struct ladder_stage ladder_stages[] = {
    {"greeting and ping", "step_greeting step_ping step_pings step_next_client step_reset "
                          "grammar_greeting"},
    {"list", "step_list_form step_list_empty step_list step_list_changes library_list_sorted"},
    {"download", "step_download step_download_missing step_download_empty download_sizes "
                 "download_ten_megabytes"},
    {"resume", "step_resume step_resume_refused download_resume download_huge_offsets "
               "download_huge_whole"},
    {"upload", "step_upload upload_sizes upload_every_byte upload_in_pieces upload_requests_behind "
               "upload_replaces step_upload_invisible upload_ten_megabytes upload_client_dies"},
    {"names", "step_names_refused name_refused name_allowed name_lengths name_bytes "
              "library_planted_not_listed library_planted_not_served library_planted_names "
              "library_upload_over_link library_upload_over_folder"},
    {"lines and limits",
     "step_line_refused step_lines_together step_line_in_pieces step_crlf ping_unknown_requests "
     "grammar_line_without_end grammar_unknown_verbs grammar_every_byte_as_a_verb "
     "grammar_no_numbers grammar_huge_numbers grammar_leading_zeros library_list_empty "
     "library_list_after_changes library_list_long download_pipelined grammar_pipeline_5000 "
     "grammar_line_of_1024 grammar_line_of_1025 grammar_line_too_long_between http_lines "
     "http_split http_long_line"},
    {"quit and half-close",
     "step_quit step_half_close ping_requests ping_pipelined ping_in_pieces ping_half_close "
     "grammar_quit grammar_half_close grammar_half_close_at_once grammar_half_close_in_a_line "
     "download_half_close download_quit_with_bytes_behind"},
    {"chat",
     "step_member chat_alone chat_library_as_member grammar_every_verb grammar_crlf "
     "grammar_cr_elsewhere grammar_wrong_words grammar_chat_requests_out_of_state "
     "grammar_nul_bytes grammar_usable_after_errors grammar_split_pieces grammar_split_everywhere "
     "grammar_pipeline_mixed http_line_as_chat_text nick_bytes nick_lengths nick_admin text_bytes "
     "chat_events chat_no_event_for_the_speaker chat_no_events_from_before_joining "
     "chat_not_in_the_room chat_nick_taken chat_who_sorted chat_chinese text_kept chat_leaving "
     "chat_nick_free_again chat_nick_free_soon console_announce console_announce_invalid "
     "console_announce_in_pieces console_announce_to_members_only "
     "console_announce_during_download console_announce_many console_end console_none"},
    {"several clients",
     "step_second_client step_waiting_client ping_in_halves ping_crowd ping_never_reads "
     "loop_second_client_waits loop_waiting_clients_in_order loop_clients_wait_without_busy "
     "upload_one_after_the_other upload_invisible_until_whole upload_same_name_at_once "
     "upload_last_complete_wins upload_beside_downloads download_replaced_by_an_upload "
     "download_slow_reader_alone download_others_have_left process_quit_among_siblings "
     "room_one_order room_one_order_of_joins room_race_for_a_nick room_events_never_in_a_body "
     "room_events_while_uploading room_crowd"},
    {"hygiene of processes",
     "hygiene_idle_server_sleeps hygiene_descriptors_are_closed hygiene_children_are_reaped "
     "hygiene_process_for_each_client hygiene_resets_do_no_harm hygiene_unread_replies_are_bounded "
     "ping_no_zombies shutdown_without_clients shutdown_by_sigint shutdown_idle_clients "
     "shutdown_incomplete_line shutdown_members shutdown_upload_finishes "
     "shutdown_download_finishes"},
    {"failures",
     "ping_resets failure_reset_at_once failure_requests_cut_by_close "
     "failure_requests_cut_by_reset failure_close_before_the_reply failure_reset_in_download "
     "failure_reset_members failure_many_short_connections failure_many_close_before_accept "
     "failure_pipelining_client_delays_nobody download_replaced_in_the_folder download_shortened "
     "download_lengthened library_swapped_while_served library_link_swapped_in "
     "library_list_delays_nobody room_slow_member room_slow_member_sees_no_gap "
     "room_slow_error_is_sent room_others_not_delayed room_joins_and_leaves"},
    {"checksums", "sum_known sum_sizes sum_refused sum_pipelined sum_replaced sum_client_leaves "
                  "sum_delays_nobody sum_replaced_by_an_upload sum_in_the_room "
                  "sum_finished_by_sigterm sum_cut_by_sigterm"},
    {NULL, NULL},
};
