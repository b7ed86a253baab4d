import os
BUCKET = os.environ["BUCKET"]
