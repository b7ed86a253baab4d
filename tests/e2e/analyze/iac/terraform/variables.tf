variable "stage" {
  default = "dev"
}
