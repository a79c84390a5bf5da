/* bench/timeline/timeline.h: lab-bench timeline: what six servers do while four clients wait */
#ifndef BENCH_TIMELINE_H
#define BENCH_TIMELINE_H

int cmd_timeline(int argc, char **argv);

#endif
