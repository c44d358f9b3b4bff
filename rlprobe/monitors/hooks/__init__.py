"""What is listened to while a run goes on; everything is put back at the end."""
