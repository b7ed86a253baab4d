import os
TABLE = os.environ["PAYMENTS_TABLE"]