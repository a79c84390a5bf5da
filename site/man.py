"""Manual pages by name, as links to man7.org, the site of the project that writes them.

Names in a text can be calls, too: close(8) is one with an argument. So only known pages become
links.
"""
import re

PAGE = re.compile(r'\b([A-Za-z_][\w.-]*)\((\d)(const)?\)')
PAGES = {
    '1': '''gcc gdb kill killall nproc perf-stat perf-trace ps prlimit pmap ss strace taskset
        timeout top valgrind''',
    '2': '''_exit accept accept4 bind brk chdir clock_gettime clone close connect dup dup2
        epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd execve exit_group
        fallocate fchmod fcntl flock fork fstat fsync ftruncate futex get_robust_list getpid
        getppid getrlimit getrusage getsockname getsockopt io_uring_setup ioctl kill
        landlock_restrict_self listen lseek madvise memfd_create mkdir mmap mprotect munmap
        nanosleep open openat pause pidfd_open pipe pipe2 poll ppoll prctl prlimit pselect
        ptrace pwritev2 read readv recv recvfrom recvmsg rename renameat sched_setaffinity
        sched_yield seccomp select semget semop send sendfile sendmsg sendto setpgid setrlimit
        setsid setsockopt shmat shmget shutdown sigaction signal signalfd sigpending
        sigprocmask sigsuspend socket socketpair splice stat statfs timerfd_create truncate
        umask uname unlink utimensat vfork wait wait4 waitid waitpid write writev
        PR_SET_CHILD_SUBREAPER PR_SET_PDEATHSIG''',
    '3': '''abort aio_read atexit daemon errno exit fflush fopen free freeaddrinfo getaddrinfo
        getline getnameinfo getopt getopt_long htons inet_ntop inet_pton iconv localtime
        mallopt malloc memcpy mkstemp mq_open opendir perror popen posix_fallocate posix_spawn
        printf pthread_attr_setstacksize pthread_cancel pthread_create pthread_detach
        pthread_exit pthread_join pthread_mutex_consistent pthread_mutexattr_setpshared
        pthread_mutexattr_setrobust pthread_self pthread_sigmask raise readdir realloc
        sem_destroy sem_init sem_open sem_post sem_wait setlocale shm_open shm_unlink sleep
        stdio strerror strtol system usleep wcwidth''',
    '5': '''elf proc proc_pid_fd''',
    '7': '''aio capabilities cgroups credentials epoll fifo futex inotify ip ipv6 landlock
        locale man-pages mq_overview namespaces nptl pipe posixoptions pthreads queue
        sched sem_overview shm_overview sigevent signal signal-safety socket sysvipc tcp time udp
        unix utf-8 vdso''',
    '8': '''ip ss tc''',
}
# only POSIX's page is certain to be there
POSIX = {
    f'{name}(3)'
    for name in '''pthread_atfork pthread_barrier_wait pthread_cond_broadcast
    pthread_cond_signal pthread_cond_timedwait pthread_cond_wait pthread_mutex_init
    pthread_mutex_lock'''.split()
}
KNOWN = POSIX | {f'{name}({section})' for section, names in PAGES.items() for name in names.split()}


def address(name, section, const=None):
    kind = 'p' if f'{name}({section})' in POSIX else const or ''
    return f'https://man7.org/linux/man-pages/man{section}/{name}.{section}{kind}.html'


def known(match):
    return f'{match[1]}({match[2]})' in KNOWN


def linked(escaped, must=False):
    """HTML in which the names are links; with must, an unknown one is an error."""

    def link(match):
        if not known(match):
            if must:
                raise ValueError(f'site/man.py does not know the manual page {match[0]}')
            return match[0]
        return f'<a href="{address(*match.groups())}">{match[0]}</a>'

    return PAGE.sub(link, escaped)
