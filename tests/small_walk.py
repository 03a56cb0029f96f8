"""A page to walk in no time: a file, an edit, a command that prints, a command that fails."""

PAGE = """# A page

Save `greet.txt.py`, then:

```python
# greet.py
Hello, world
```

```diff
# greet.py
-Hello, world
+Hello, 3.5 worlds
```

```sh
tail -n 1 greet.py
```

It prints

```text
Hello, 2.5 worlds
```

and this is how it fails:

```sh
grep Moon greet.py
```

That is exit
code 1.
"""


def changed(old: str, new: str) -> str:
    assert PAGE.count(old) == 1
    return PAGE.replace(old, new)
