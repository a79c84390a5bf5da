/* bench/texts/texts.S: each file of this folder as a string in lab-bench: see texts.h */
    .macro text name, file
    .global \name
\name:
    .incbin "bench/texts/\file"
    .byte 0
    .endm

    .section .rodata
    text text_head, head.html
    text text_answer, answer.html
    text text_timelines, timelines.html
    text text_no_timelines, no-timelines.html
    text text_omission, omission.html
    text text_lessons, lessons.html
    text text_reading, reading.html
    text text_timeline_style, timeline.css
    text text_timeline_legend, legend.svg
    text text_timeline_help, timeline-help.txt
    text text_help, help.txt
    text text_run_help, run-help.txt
    text text_load_help, load-help.txt
    text text_ratio_help, ratio-help.txt

    .section .note.GNU-stack, "", %progbits
