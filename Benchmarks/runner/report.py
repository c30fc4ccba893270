"""The figures as a table for people."""


def number(value):
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.01 or value == 0 else f"{value:.1e}"


def places(ratio):
    return "" if ratio is None else f"{ratio:.3f}"


def verdict(figure):
    if "aim" not in figure:
        return ""
    return f"{figure['aim']}  {'met' if figure['met'] else 'NOT MET'}"


def comparison_table(figures):
    lines, title = [], None
    for figure in figures:
        if figure["title"] != title:
            title = figure["title"]
            lines += ["", title, f"  {'':<28}{'floor':>10}{'broker':>10}{'ratio':>8}{'best':>8}   aim"]
        lines.append(
            f"  {figure['label']:<28}{number(figure['floor']):>10}{number(figure['broker']):>10}"
            f"{places(figure['ratio']):>8}{places(figure['bestRatio']):>8}   {verdict(figure)}".rstrip()
        )
    return lines


def single_table(figures):
    lines, group = [], None
    for figure in figures:
        if figure["load"] != group:
            group = figure["load"]
            lines += ["", group[:1].upper() + group[1:]]
        value = f"{number(figure['broker'])} {figure['unit']}"
        lines.append(f"  {figure['measure']:<36}{value:>20}   {verdict(figure)}".rstrip())
        if figure.get("detail"):
            lines.append(f"  {'':<6}{figure['detail']}")
    return lines


def table(result):
    machine = result["machine"]
    lines = [
        f"{machine['processor']}, {machine['processors']} processors, Linux {machine['kernel']}; "
        f"load at start {machine['load']:.1f}; {result['rounds']} rounds, {result['seconds']:.0f} s",
        "Floor: " + ("another broker" if result["against"] else "one C thread doing only what cannot be left out")
        + ", run in turn with the broker. Ratios are broker ÷ floor,",
        "the median of the rounds; 'best' is the ratio of the best rounds, which a busy machine disturbs less.",
        "CPU is the server's, from /proc; s/GB is CPU seconds per 10⁹ bytes of records.",
    ]
    lines += comparison_table([figure for figure in result["figures"] if "title" in figure])
    lines += single_table([figure for figure in result["figures"] if "title" not in figure])
    lines += [""] + result["warnings"] + [f"FAILED  {failure}" for failure in result["failures"]]
    aims = [figure for figure in result["figures"] if "aim" in figure]
    lines.append(f"{sum(figure['met'] for figure in aims)} of {len(aims)} aims met.")
    return "\n".join(lines)
