# SPDX-License-Identifier: Apache-2.0
"""Rounds of a bench: plain, changed, plain. What their figures say about a ratio, and how sure that is."""
import statistics


def spread(ratios):
    """Their median, and its standard error."""
    if len(ratios) < 4:
        return statistics.median(ratios), max(ratios) - min(ratios) if len(ratios) > 1 else float("inf")
    low, _, high = statistics.quantiles(ratios, n=4)
    return statistics.median(ratios), 0.93 * (high - low) / len(ratios) ** 0.5


def compare(rounds, name, bar):
    """ROUNDS of three sets of figures by name; a figure is a cost: less is better."""
    rounds = [r for r in rounds if name in r[0]]
    ratio, error = spread([r[1][name] / ((r[0][name] + r[2][name]) / 2) for r in rounds])
    control, _ = spread([r[2][name] / r[0][name] for r in rounds])
    return {"plain": statistics.median(r[0][name] for r in rounds), "changed": statistics.median(r[1][name] for r in rounds),
            "ratio": ratio, "error": error, "control": control, "bar": bar}


def verdict(result):
    if result["bar"] is None:
        return ""
    if abs(result["ratio"] - result["bar"]) <= 2 * result["error"]:
        return "too near to tell"
    return "kept" if result["ratio"] < result["bar"] else "missed"


def table(rounds, bars, plain, changed):
    """Prints every figure of ROUNDS against BARS under these heads; the results by name, and a line for each bar that is missed."""
    print(f"{'':24} {plain:>12} {changed:>12} {'ratio':>7} {'error':>7} {'control':>8} {'bar':>6}")
    results, missed = {}, []
    for name in rounds[0][0]:
        r = results[name] = compare(rounds, name, bars.get(name))
        print(f"{name:24} {r['plain']:12.4g} {r['changed']:12.4g} {r['ratio']:7.3f} {r['error']:7.3f} {r['control']:8.3f} "
              f"{r['bar'] and round(r['bar'], 2) or '':>6}  {verdict(r)}")
        if verdict(r) == "missed":
            missed.append(f"{name}: {r['ratio']:.2f}, the bar is {r['bar']}")
    return results, missed
