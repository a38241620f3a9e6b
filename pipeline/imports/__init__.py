"""Archives from elsewhere, read a record at a time: files of rows, web archives, folders of saved pages. No SQL."""
