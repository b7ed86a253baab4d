package main

import "os"

const variable = "PAYMENTS" + "_TABLE"

func tableName() string { return os.Getenv(variable) }
