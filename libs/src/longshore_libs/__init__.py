"""The code that the images and the command line share. Each program's messages and rules stay in its own package."""
