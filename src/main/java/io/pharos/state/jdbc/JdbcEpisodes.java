package io.pharos.state.jdbc;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.Sha256;
import io.pharos.oncall.episode.Acknowledgement;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeEvent;
import io.pharos.oncall.episode.EpisodeStore;
import io.pharos.oncall.escalation.DrillGroup;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Stores episodes in the table `episodes`, and their timelines in `episode_events`.
record JdbcEpisodes(Jdbc jdbc, ChangeCounters counters) implements EpisodeStore {
  /// Events of an episode, without those that people or its end cause; and with them.
  private static final int MAX_EVENTS = 1_000;

  private static final int MAX_KEPT_EVENTS = 2_000;

  /// The columns that never change.
  private static final String FIXED =
      "group_hash, labels_hash, group_key, group_labels, receiver, started_at";

  private static final String CHANGING =
      "open_hash, title, severity, severity_rank, current_rank, opened_at, ended_at, reopened,"
          + " members, peak, links, seen_at, ack_owner, ack_comment, ack_at, ack_until, ack_rank,"
          + " ack_missing, ack_link, ack_ended_at, ack_end";
  private static final String COLUMNS =
      "number, event_count, omitted, version, " + FIXED + ", " + CHANGING;
  private static final String EVENT_COLUMNS =
      "event_key, kind, at, subject, text, finished_at, outcome";

  private static final String UPDATE =
      "update episodes set %s, version = version + 1 where number = ? and version = ?"
          .formatted(
              Arrays.stream(CHANGING.split(", "))
                  .map(column -> column + " = ?")
                  .collect(Collectors.joining(", ")));
  private static final String INSERT =
      Jdbc.insert("episodes", COLUMNS.replaceFirst("number, ", ""));

  // Two selects, because H2 reads the whole table for an `or`.
  static final String EXISTING =
      "select number from episodes where open_hash = ?"
          + " union all select number from episodes where group_hash = ? and started_at = ?";

  @Override
  public Set<String> save(List<Change> changes) {
    var overtaken = new HashSet<String>();
    jdbc.write(
        "save episodes",
        connection -> {
          overtaken.clear();
          boolean acknowledges = false;
          for (Change change : changes) {
            Episode after = change.after();
            if (after.number() > 0 ? update(connection, change) : insert(connection, change)) {
              acknowledges |= after.acknowledgement() != null;
            } else {
              overtaken.add(after.groupKey());
            }
          }
          if (acknowledges) {
            counters.increment(connection, ChangeCounters.EPISODES);
          }
        });
    return Set.copyOf(overtaken);
  }

  /* Returns false if another process was faster, as does the next method. */
  private static boolean insert(Connection connection, Change change) throws SQLException {
    Episode after = change.after();
    String hash = Sha256.hex(after.groupKey());
    if (!Jdbc.query(connection, EXISTING, row -> row.getLong(1), hash, hash, after.startedAt())
        .isEmpty()) {
      return false;
    }
    var fitting = FittingEvents.of(distinct(change.events()), 0);
    var values = new ArrayList<@Nullable Object>(Arrays.asList(changing(after)));
    values.addAll(
        0,
        Arrays.asList(
            fitting.events.size(),
            fitting.omitted,
            0L,
            hash,
            Fingerprint.of(after.groupLabels()).toString(),
            after.groupKey(),
            Codec.labels(after.groupLabels()),
            after.receiver(),
            after.startedAt()));
    long number = Jdbc.insertNumbered(connection, INSERT, "number", values.toArray());
    insert(connection, number, fitting.events);
    return true;
  }

  private static boolean update(Connection connection, Change change) throws SQLException {
    Episode after = change.after();
    var values = new ArrayList<@Nullable Object>(Arrays.asList(changing(after)));
    values.add(after.number());
    values.add(after.version());
    if (Jdbc.execute(connection, UPDATE, values.toArray()) != 1) {
      return false;
    }
    addEvents(connection, after.number(), distinct(change.events()));
    return true;
  }

  private static @Nullable Object[] changing(Episode episode) {
    @Nullable Acknowledgement ack = episode.acknowledgement();
    return Jdbc.row(
        episode.isOpen() ? Sha256.hex(episode.groupKey()) : null,
        episode.title(),
        episode.severity(),
        episode.rank(),
        episode.currentRank(),
        episode.openedAt(),
        episode.endedAt(),
        episode.reopened(),
        Codec.texts(episode.members()),
        episode.peak(),
        Codec.texts(episode.links()),
        episode.seenAt(),
        ack == null ? null : ack.owner(),
        ack == null ? null : ack.comment(),
        ack == null ? null : ack.at(),
        ack == null ? null : ack.until(),
        ack == null ? null : ack.rank(),
        ack == null ? 0 : ack.missing(),
        ack == null ? null : ack.link(),
        ack == null ? null : ack.endedAt(),
        ack == null ? null : ack.end());
  }

  /* Returns the last event of each key, in the order of the first ones. */
  private static List<EpisodeEvent> distinct(List<EpisodeEvent> events) {
    var byKey = new LinkedHashMap<String, EpisodeEvent>();
    events.forEach(event -> byKey.put(event.key(), event));
    return List.copyOf(byKey.values());
  }

  /// New events that fit into a timeline.
  ///
  /// @param omitted number of events that do not
  private record FittingEvents(List<EpisodeEvent> events, int omitted) {
    /// @param before number of events in the timeline
    static FittingEvents of(List<EpisodeEvent> events, int before) {
      var fitting = new ArrayList<EpisodeEvent>();
      for (EpisodeEvent event : events) {
        if (before + fitting.size() < (event.kind().isKept() ? MAX_KEPT_EVENTS : MAX_EVENTS)) {
          fitting.add(event);
        }
      }
      return new FittingEvents(fitting, events.size() - fitting.size());
    }
  }

  private static void addEvents(Connection connection, long number, List<EpisodeEvent> events)
      throws SQLException {
    var added = new ArrayList<EpisodeEvent>();
    for (EpisodeEvent event : events) {
      if (!replace(connection, number, event)) {
        added.add(event);
      }
    }
    if (added.isEmpty()) {
      return;
    }
    int before =
        Jdbc.query(
                connection,
                "select event_count from episodes where number = ?",
                row -> row.getInt(1),
                number)
            .getFirst();
    var fitting = FittingEvents.of(added, before);
    insert(connection, number, fitting.events);
    Jdbc.execute(
        connection,
        "update episodes set event_count = event_count + ?, omitted = omitted + ? where number = ?",
        fitting.events.size(),
        fitting.omitted,
        number);
  }

  /* Returns false if the timeline has no event with this key. */
  private static boolean replace(Connection connection, long number, EpisodeEvent event)
      throws SQLException {
    return Jdbc.execute(
            connection,
            "update episode_events set at = ?, subject = ?, text = ?, finished_at = ?, outcome = ?"
                + " where episode = ? and event_key = ?",
            event.at(),
            event.subject(),
            event.text(),
            event.finishedAt(),
            event.outcome(),
            number,
            event.key())
        == 1;
  }

  private static void insert(Connection connection, long number, List<EpisodeEvent> events)
      throws SQLException {
    Jdbc.batch(
        connection,
        Jdbc.insert("episode_events", "episode, " + EVENT_COLUMNS),
        events,
        event ->
            Jdbc.row(
                number,
                event.key(),
                event.kind(),
                event.at(),
                event.subject(),
                event.text(),
                event.finishedAt(),
                event.outcome()));
  }

  @Override
  public Optional<Episode> find(long number) {
    return read("where number = ?", number).stream().findFirst();
  }

  @Override
  public Optional<Episode> latestByHash(String groupHash) {
    return read("where group_hash = ? order by number desc limit 1", groupHash).stream()
        .findFirst();
  }

  @Override
  public List<Episode> ofLabels(Fingerprint groupLabels, int limit) {
    return read(
        "where labels_hash = ? order by number desc limit ?", groupLabels.toString(), limit);
  }

  @Override
  public List<Episode> open() {
    return read("where open_hash is not null order by number");
  }

  @Override
  public List<String> unowned(Instant now) {
    return jdbc.read(
        "count the episodes without an owner",
        "select title from episodes where open_hash is not null"
            + " and group_key not like '"
            + DrillGroup.PREFIX
            + "%' and (ack_at is null or ack_missing > 0 or ack_ended_at is not null or ack_until <= ?)",
        row -> row.getString(1),
        now);
  }

  @Override
  public List<EpisodeEvent> events(long number) {
    return jdbc.read(
        "read the timeline of an episode",
        "select " + EVENT_COLUMNS + " from episode_events where episode = ? order by at, seq",
        row ->
            new EpisodeEvent(
                row.getString(1),
                EpisodeEvent.Kind.valueOf(row.getString(2)),
                Codec.instant(row, 3),
                row.getString(4),
                row.getString(5),
                Codec.instantOrNull(row, 6),
                row.getString(7)),
        number);
  }

  @Override
  public List<Episode> search(Search search) {
    var conditions = new Jdbc.Conditions();
    conditions.add("number < ?", search.before().orElse(null));
    conditions.add("receiver = ?", search.receiver());
    conditions.add("(ended_at is null or ended_at >= ?)", search.since().orElse(null));
    conditions.add(
        "position(? in lower(title || ' ' || group_labels || ' ' || severity || ' '"
            + " || coalesce(ack_owner, ''))) > 0",
        search.text().toLowerCase(Locale.ROOT));
    String holding =
        "ack_at is not null and ack_missing = 0 and ack_ended_at is null"
            + " and coalesce(ack_until, ?) > ?";
    search
        .state()
        .ifPresent(
            state -> {
              switch (state) {
                case ENDED -> conditions.add("ended_at is not null and number > ?", 0L);
                case OPEN, ACKNOWLEDGED ->
                    conditions.add(
                        "ended_at is null and "
                            + (state == Episode.State.OPEN ? "not " : "")
                            + "("
                            + holding.replaceFirst("\\?", String.valueOf(Long.MAX_VALUE))
                            + ")",
                        search.now());
              }
            });
    return read(
        conditions.where() + " order by number desc limit ?", conditions.values(search.limit()));
  }

  @Override
  public void prune(Instant endedBefore, int most) {
    jdbc.write(
        "delete old episodes",
        connection -> {
          Jdbc.execute(connection, "delete from episodes where ended_at < ?", endedBefore);
          Jdbc.execute(
              connection,
              "delete from episodes where ended_at is not null and number <="
                  + " (select max(number) from episodes) - ?",
              (long) most);
        });
  }

  @Override
  public long version() {
    return counters.current(jdbc, ChangeCounters.EPISODES);
  }

  private List<Episode> read(String rest, @Nullable Object... values) {
    return jdbc.read(
        "read episodes",
        "select " + COLUMNS + " from episodes " + rest,
        JdbcEpisodes::episode,
        values);
  }

  private static Episode episode(ResultSet row) throws SQLException {
    return new Episode(
        row.getLong("number"),
        row.getString("group_key"),
        Codec.labels(row.getString("group_labels")),
        row.getString("receiver"),
        row.getString("title"),
        row.getString("severity"),
        row.getInt("severity_rank"),
        row.getInt("current_rank"),
        instant(row, "started_at"),
        instant(row, "opened_at"),
        instantOrNull(row, "ended_at"),
        row.getInt("reopened"),
        Codec.texts(row.getString("members")),
        row.getString("peak"),
        Codec.texts(row.getString("links")),
        row.getInt("event_count"),
        row.getInt("omitted"),
        instant(row, "seen_at"),
        acknowledgement(row),
        row.getLong("version"));
  }

  private static @Nullable Acknowledgement acknowledgement(ResultSet row) throws SQLException {
    if (instantOrNull(row, "ack_at") == null) {
      return null;
    }
    @Nullable String end = row.getString("ack_end");
    return new Acknowledgement(
        row.getString("ack_owner"),
        row.getString("ack_comment"),
        instant(row, "ack_at"),
        instantOrNull(row, "ack_until"),
        row.getInt("ack_rank"),
        row.getInt("ack_missing"),
        row.getString("ack_link"),
        instantOrNull(row, "ack_ended_at"),
        end == null ? null : Acknowledgement.End.valueOf(end));
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return Codec.instant(row, row.findColumn(column));
  }

  private static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
    return Codec.instantOrNull(row, row.findColumn(column));
  }
}
