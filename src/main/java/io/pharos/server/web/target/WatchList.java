package io.pharos.server.web.target;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;

import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// All that is watched as the list shows it: first what is not up, then folded groups.
///
/// @param verdict the health of all, also of those that the search leaves out
/// @param found a sentence about what the search finds; empty without a search
/// @param rows what is not up, or what the search finds; those of one page
/// @param pages links to the other pages; empty if there is only one
/// @param groups all groups; empty with a search
/// @param omitted a sentence about groups that are not shown; else empty
/// @param dropped what relabelling drops
/// @param problems texts about what can't be watched
record WatchList(
    Verdict verdict,
    String found,
    List<WatchRow> rows,
    List<Hop> pages,
    List<Group> groups,
    String omitted,
    Dropped dropped,
    List<String> problems) {
  /// What is not up fills one screen of a phone.
  static final int URGENT_ROWS = 6;

  private static final int FOUND_ROWS = 50;

  /// Rows in a folded group; a larger group has a page of its own.
  private static final int GROUP_ROWS = 5;

  private static final int MAX_GROUPS = 100;
  private static final int MAX_DROPPED = 50;
  private static final int MAX_PROBLEMS = 20;
  private static final int MAX_NAMED = 3;

  private static final Comparator<Watched> ORDER =
      Comparator.comparing(Watched::standing)
          .thenComparing(Watched::since, Comparator.nullsFirst(Comparator.reverseOrder()))
          .thenComparing(Watched::group)
          .thenComparing(Watched::name);

  /// The first sentence of the page.
  ///
  /// @param state its class in the style sheet: `ok`, `firing` (something is down) or `unknown`
  record Verdict(String state, String sentence, String detail) {}

  /// A link to another page of the list.
  record Hop(String text, String address) {}

  /// A job, the probes, or the heartbeats.
  ///
  /// @param state the most urgent state in it
  /// @param address the list of only this group
  /// @param rows its first members
  /// @param more number of members that are not in the rows
  record Group(
      String state,
      String name,
      String counts,
      String every,
      String address,
      List<WatchRow> rows,
      int more) {}

  /// Addresses that relabelling drops.
  ///
  /// @param rows the labels before relabelling, as `name="value"`
  record Dropped(int count, List<DroppedRow> rows) {}

  record DroppedRow(String group, List<String> labels) {}

  /// @param dated adds what the stored samples say of the rows of one page
  static WatchList of(
      List<Watched> all,
      TargetsSnapshot snapshot,
      WatchSearch search,
      UnaryOperator<List<Watched>> dated,
      Instant now) {
    List<Watched> listed =
        all.stream()
            .filter(
                one -> search.isNarrow() ? search.matches(one) : one.standing() != WatchState.UP)
            .sorted(ORDER)
            .toList();
    int size = search.isNarrow() ? FOUND_ROWS : URGENT_ROWS;
    int last = Math.max(1, Math.ceilDiv(listed.size(), size));
    int page = Math.min(search.page(), last);
    Map<String, List<Watched>> groups =
        all.stream().collect(groupingBy(Watched::group, LinkedHashMap::new, toList()));
    return new WatchList(
        verdict(all),
        search.isNarrow() ? PageText.count(listed.size(), "result") + "." : "",
        dated.apply(listed.stream().skip((page - 1L) * size).limit(size).toList()).stream()
            .map(one -> WatchRow.of(one, now))
            .toList(),
        hops(search, page, last),
        search.isNarrow()
            ? List.of()
            : groups.entrySet().stream()
                .sorted(Comparator.comparing(one -> worst(one.getValue())))
                .limit(MAX_GROUPS)
                .map(one -> group(one.getKey(), one.getValue(), now))
                .toList(),
        !search.isNarrow() && groups.size() > MAX_GROUPS
            ? "%d of %d groups are shown. Search for the others."
                .formatted(MAX_GROUPS, groups.size())
            : "",
        dropped(snapshot.dropped()),
        snapshot.problems().stream().limit(MAX_PROBLEMS).map(PageText::of).toList());
  }

  private static List<Hop> hops(WatchSearch search, int page, int last) {
    return Stream.of(
            new Hop(page > 1 ? "Previous" : "", search.address(page - 1)),
            new Hop(last > 1 ? "Page %d of %d".formatted(page, last) : "", ""),
            new Hop(page < last ? "Next" : "", search.address(page + 1)))
        .filter(hop -> !hop.text().isEmpty())
        .toList();
  }

  private static WatchState worst(List<Watched> members) {
    return members.stream()
        .map(Watched::standing)
        .min(Comparator.naturalOrder())
        .orElse(WatchState.UNKNOWN);
  }

  private static Group group(String name, List<Watched> members, Instant now) {
    List<Duration> intervals = members.stream().map(Watched::interval).distinct().toList();
    return new Group(
        worst(members).text(),
        PageText.of(name),
        PageText.count(members.size(), members.getFirst().kind().text()) + counts(members),
        intervals.size() == 1 ? "every " + PageTime.span(intervals.getFirst()) : "",
        PageLinks.targets(name),
        members.stream().sorted(ORDER).limit(GROUP_ROWS).map(one -> WatchRow.of(one, now)).toList(),
        Math.max(0, members.size() - GROUP_ROWS));
  }

  /// Returns how many are not up, such as `, 2 down, 1 unknown`.
  private static String counts(List<Watched> members) {
    Map<WatchState, Integer> counts = new EnumMap<>(WatchState.class);
    members.forEach(one -> counts.merge(one.standing(), 1, Integer::sum));
    counts.remove(WatchState.UP);
    return counts.entrySet().stream()
        .map(one -> ", " + one.getValue() + " " + one.getKey().text())
        .collect(joining());
  }

  private static Verdict verdict(List<Watched> all) {
    Map<WatchState, List<Watched>> by = all.stream().collect(groupingBy(Watched::standing));
    List<Watched> down = by.getOrDefault(WatchState.DOWN, List.of());
    List<Watched> unknown = by.getOrDefault(WatchState.UNKNOWN, List.of());
    List<Watched> degraded = by.getOrDefault(WatchState.DEGRADED, List.of());
    String kinds =
        Stream.of(Watched.Kind.values())
            .map(kind -> count(all, kind))
            .filter(text -> !text.isEmpty())
            .collect(joining(", "));
    if (all.isEmpty()) {
      return new Verdict(
          "unknown",
          "Nothing is watched yet.",
          "The configuration has no targets, and the folder of probes has no files.");
    }
    String rest = counts(all).isEmpty() ? "" : counts(all).substring(2) + ". ";
    if (!down.isEmpty()) {
      return new Verdict(
          "firing",
          "%d of %d %s down: %s."
              .formatted(down.size(), all.size(), down.size() == 1 ? "is" : "are", names(down)),
          rest + "In all " + kinds + ".");
    }
    if (!unknown.isEmpty()) {
      return new Verdict(
          "unknown",
          "Pharos does not know the state of %d of %d: %s."
              .formatted(unknown.size(), all.size(), names(unknown)),
          rest + "In all " + kinds + ".");
    }
    return degraded.isEmpty()
        ? new Verdict("ok", "All " + all.size() + " are up.", kinds + ".")
        : new Verdict(
            "unknown",
            "All %d are up, but %d need%s attention: %s."
                .formatted(
                    all.size(), degraded.size(), degraded.size() == 1 ? "s" : "", names(degraded)),
            kinds + ".");
  }

  private static String count(List<Watched> all, Watched.Kind kind) {
    long count = all.stream().filter(one -> one.kind() == kind).count();
    return count == 0 ? "" : PageText.count(count, kind.text());
  }

  private static String names(List<Watched> some) {
    int more = some.size() - MAX_NAMED;
    return some.stream().sorted(ORDER).limit(MAX_NAMED).map(WatchRow::name).collect(joining(", "))
        + (more > 0 ? " and " + more + " more" : "");
  }

  private static Dropped dropped(List<TargetsSnapshot.DroppedTarget> dropped) {
    return new Dropped(
        dropped.size(),
        dropped.stream()
            .limit(MAX_DROPPED)
            .map(
                one ->
                    new DroppedRow(
                        PageText.of(one.scrapePool()), PageText.chips(one.discoveredLabels())))
            .toList());
  }
}
