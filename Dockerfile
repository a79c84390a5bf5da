# A machine on which the commands of README.md run, also in a handout (make handout):
#
#     docker build --build-arg UID=$(id -u) -t six-ways .
#     docker run -it --rm --name six-ways -v ~/answers:/home/student/six-ways/labs/answers six-ways
#     docker exec -it six-ways bash    (a second terminal)
#
# What is written in labs/answers stays in ~/answers. The exercises' sandbox needs name spaces,
# which containers do not give by default: docs/teaching.md.

# not debian:12-slim, which installs packages without their manual pages
FROM debian:12

# the owner of ~/answers, who writes there as student
ARG UID=1000

RUN apt-get update -qq && \
    apt-get install -y -qq --no-install-recommends ca-certificates git make \
        manpages manpages-dev glibc-doc man-db gdb curl less nano && \
    useradd --create-home --shell /bin/bash --uid "$UID" student
WORKDIR /home/student/six-ways

# in a layer of its own: a changed source does not install the packages again
COPY Makefile ./
COPY tests/tests.mk tests/long.mk tests/
COPY tests/tools/deps tests/tools/
RUN make deps

COPY --chown=student:student . .
RUN chown student:student .
USER student
ENV LC_ALL=C.UTF-8
RUN make all && mkdir -p labs/answers
EXPOSE 9001-9006
CMD ["bash"]
