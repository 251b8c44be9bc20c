# Read by spark-submit, by the entry point and by the History Server before a JVM starts.
# Hadoop can take a value from the environment, but not decide by it.
if [ -n "${AWS_ENDPOINT_URL_S3:-}" ]; then
  LONGSHORE_S3_PATH_STYLE=true
fi
