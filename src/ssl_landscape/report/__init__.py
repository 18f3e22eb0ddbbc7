"""What ``snakemake --report`` shows beside the pictures: captions, HTML pages, a front page.

Its jobs raise a UserError for an input that cannot be read, before they write.
"""
