"""``python -m tiketti_migrate`` does what the console script does."""

from tiketti_migrate.cli import main

if __name__ == "__main__":
    main()
