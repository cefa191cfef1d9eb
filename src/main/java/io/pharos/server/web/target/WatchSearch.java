package io.pharos.server.web.target;

import io.pharos.server.web.design.PageLinks;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a reader looks for among all that is watched.
///
/// @param text words that all must be in the name, the address, the labels or the reason
/// @param group the only group that is shown; empty for all
/// @param page number of the page, from 1
record WatchSearch(
    String text,
    Optional<WatchState> standing,
    Optional<Watched.Kind> kind,
    String group,
    int page) {
  private static final int MAX_PAGE = 100_000;

  static WatchSearch of(
      @Nullable String text,
      @Nullable String state,
      @Nullable String kind,
      @Nullable String group,
      int page) {
    return new WatchSearch(
        text == null ? "" : text.strip(),
        Optional.ofNullable(state).flatMap(WatchState::parse),
        Optional.ofNullable(kind).flatMap(Watched.Kind::parse),
        group == null ? "" : group,
        Math.clamp(page, 1, MAX_PAGE));
  }

  /// Returns whether the search leaves anything out.
  boolean isNarrow() {
    return !text.isEmpty() || standing.isPresent() || kind.isPresent() || !group.isEmpty();
  }

  /// Returns the word of the state; empty if all are shown.
  public String state() {
    return standing.map(WatchState::text).orElse("");
  }

  /// Returns the word of the kind; empty if all are shown.
  public String kindText() {
    return kind.map(Watched.Kind::text).orElse("");
  }

  boolean matches(Watched one) {
    if (standing.filter(wanted -> one.standing() != wanted).isPresent()
        || kind.filter(wanted -> one.kind() != wanted).isPresent()
        || (!group.isEmpty() && !group.equals(one.group()))) {
      return false;
    }
    if (text.isEmpty()) {
      return true;
    }
    String all =
        String.join(
                " ", one.name(), one.group(), one.address(), one.labels().toString(), one.reason())
            .toLowerCase(Locale.ROOT);
    return Stream.of(text.toLowerCase(Locale.ROOT).split("\\s+", -1)).allMatch(all::contains);
  }

  /// Returns the address of another page of the same search.
  String address(int other) {
    var address = new StringBuilder("/targets?page=").append(other);
    parameter(address, "q", text);
    parameter(address, "state", standing.map(WatchState::text).orElse(""));
    parameter(address, "kind", kind.map(Watched.Kind::text).orElse(""));
    parameter(address, "group", group);
    return address.toString();
  }

  private static void parameter(StringBuilder address, String name, String value) {
    if (!value.isEmpty()) {
      address.append('&').append(name).append('=').append(PageLinks.encoded(value));
    }
  }
}
