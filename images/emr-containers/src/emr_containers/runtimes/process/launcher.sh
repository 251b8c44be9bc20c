# Runs one attempt of a job: `sh -c "$(cat launcher.sh)" MARKER LEASE_END LOG_FOLDER ROTATE_COMMAND COMMAND...`, in the
# attempt's folder.
#
# LEASE_END is in seconds since the machine's boot, or empty. The server that starts the launcher may have been paused
# before, and another one may dispatch by now. The status 76 says that the lease was over and nothing was started.
#
# `ln` fails if the file exists, so that one of two launchers wins, and `pid` is never seen half written.
#
# The status 75 says that the job was not started by this launcher, and never will be.
#
# `trap :` keeps the shell alive after a signal to its group, so that it can write down how the job took the signal. A
# full disk must not lose the status: it is written as soon as there is room. Where the folder was removed, which
# /bin/pwd notices, there is nothing to wait for.
#
# The shell stays in the attempt's folder and names its files without a path: the state directory may be moved while
# the job runs.
#
# A rotated log goes through pipes to `logs/rotation.py`, the command $rotate. The launcher holds the pipes open. So
# neither the job nor the rotation ends for want of the other, a rotation that was killed is started again and goes on
# where it was, and processes that the job leaves behind do not keep it alive. If no pipe can be made, a log without
# rotation is better than none.
if [ -n "$1" ] && read -r up _ </proc/uptime && [ "${up%.*}" -ge "$1" ]; then exit 76; fi
echo "$$" > "pid.$$" && ln "pid.$$" pid 2>/dev/null; won=$?
rm -f "pid.$$"; [ "$won" = 0 ] || exit 75
trap : TERM INT HUP
out="$2" rotate="$3"; shift 3
if [ -n "$rotate" ] && mkfifo stdout.pipe stderr.pipe over.pipe; then
  # A job of another user may open its /dev/stdout, which is a pipe then.
  [ -z "$LONGSHORE_JOB_USER" ] || chown "$LONGSHORE_JOB_USER" stdout.pipe stderr.pipe
  exec 3<>stdout.pipe 4<>stderr.pipe 5<>over.pipe
  trap '' TERM INT HUP
  # Once more also after the job: a rotation that is killed at its end has left lines in the pipes.
  { until eval "$rotate"; do [ -p over.pipe ] || { eval "$rotate"; break; }; sleep 1; done; } &
  rotation=$!
  trap : TERM INT HUP
  (cd work && exec "$@") >stdout.pipe 2>stderr.pipe </dev/null 3>&- 4>&- 5>&-
  status=$?
  rm -f ./*.pipe
  echo >&5
  while kill -0 "$rotation" 2>/dev/null; do wait "$rotation"; done
else
  (cd work && exec "$@") >>"$out/stdout" 2>>"$out/stderr" </dev/null
  status=$?
fi
until echo "$status" > exit.new && mv exit.new exit; do
  /bin/pwd >/dev/null || break
  sleep 1
done 2>/dev/null
kill -KILL 0
