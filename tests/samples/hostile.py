"""Text that people may type, made to break out of wherever it is shown."""

from __future__ import annotations

ATTACKS = (
    "{{ 1234*4321 }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ this.__class__.__mro__ }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{% raw %}",
    "{# never closed",
    "{{",
    "%}",
    "${alert(1)}",
    "${1234*4321}",
    "`${alert(1)}`",
    "`);alert(1);(`",
    "');alert(1);('",
    '");alert(1);("',
    "\\');alert(1);//",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><style>*{background:url(//evil.example/x)}</style>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "%(count)s %(name)s %s %",
    '=HYPERLINK("//evil.example","x")',
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(1+1)",
    "'=1+1",
    '"=1+1',
    "=1+1;=2+2",
    "\u2028alert(1)\u2029",
    "\u202egnirts",
)
"""Template code, script in strings and backticks, tags, handlers, formulas, odd characters."""

COMPUTED = "5332114"
"""What stands in an answer in which one of them was run: 1234 times 4321."""
