resource "google_storage_bucket" "media" {
  name = "media-bucket"
}

resource "google_pubsub_topic" "done" {
  name = "done"
}

data "archive_file" "source" {
  type        = "zip"
  source_dir  = "functions"
  output_path = "/tmp/f.zip"
}

resource "google_storage_bucket_object" "source" {
  name   = "f.zip"
  bucket = google_storage_bucket.media.name
  source = data.archive_file.source.output_path
}

resource "google_cloudfunctions2_function" "resize" {
  name     = "resize"
  location = "europe-west1"
  build_config {
    runtime     = "python312"
    entry_point = "on_upload"
    source {
      storage_source {
        bucket = google_storage_bucket.media.name
        object = google_storage_bucket_object.source.name
      }
    }
  }
  service_config {
    environment_variables = {
      BUCKET = google_storage_bucket.media.name
      TOPIC  = google_pubsub_topic.done.id
    }
  }
}
