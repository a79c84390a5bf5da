# A machine on which the commands of README.md run, also in a handout (make handout):
#
#     docker build -t six-ways .
#     docker run -it six-ways
#
# The exercises' sandbox needs name spaces, which containers do not give by default:
# docs/teaching.md.
FROM debian:12-slim

RUN apt-get update -qq && \
    apt-get install -y -qq --no-install-recommends ca-certificates git make && \
    useradd --create-home --shell /bin/bash student
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
RUN make all
EXPOSE 9001-9006
CMD ["bash"]
