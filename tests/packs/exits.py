import sys

print("this pack wants Windows")
sys.exit(3)
