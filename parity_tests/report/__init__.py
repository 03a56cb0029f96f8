"""A report in every form: tables and sentences, a picture, files for programs (JSON, JUnit, Gradescope), the page."""
