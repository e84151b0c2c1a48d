"""What can be done with a claim of avoided impact, one file each."""
