def on_upload(event):
    return 1
