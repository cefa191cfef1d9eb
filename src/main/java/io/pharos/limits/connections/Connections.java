package io.pharos.limits.connections;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The connections that are open, and which of them must go: those whose clients keep Pharos
/// waiting for too long, and, where a new one comes and there is no room, the one that has kept it
/// waiting the longest. So whoever holds connections open keeps nobody out who asks at once.
/// Thread-safe.
public final class Connections {
  /// An answer that nobody reads on for this long may make way.
  private static final Duration STALLED = Duration.ofSeconds(2);

  /// The way to one client.
  public interface Link {
    /// Closes the connection, soon and without waiting; [Connection#closed] is called then.
    void close();

    /// Whether it is Pharos that does not read now.
    boolean isPaused();

    /// A number that changes whenever the client reads some of what was written for it; empty while
    /// nothing waits for it.
    OptionalLong unread();
  }

  /// Why a connection was closed, or not let in.
  public enum Ending {
    /// There was no room, and nobody to make way.
    REFUSED,
    /// It made way for a new one.
    DISPLACED,
    /// The head of a request took too long.
    HEAD,
    /// The body of a request took too long, or the client did not read its answer.
    READ,
    /// No request came.
    IDLE
  }

  /// What a connection does; those before BUSY wait for the client. The order is that in which they
  /// make way.
  private enum Phase {
    /// No request has come whole yet.
    NEW,
    /// The head of a further request comes.
    HEAD,
    /// Between requests.
    IDLE,
    /// The body of a request comes.
    BODY,
    /// Pharos answers.
    BUSY
  }

  private record State(Phase phase, long since) {}

  /// One open connection. What it is told comes from one thread at a time.
  public final class Connection {
    private final Link link;
    private volatile State state = new State(Phase.NEW, nanoTime.getAsLong());
    private boolean whole;
    private boolean answered;
    private @Nullable Long unread;
    private long unreadSince;

    private Connection(Link link) {
      this.link = link;
    }

    /// Bytes came.
    public void bytes() {
      if (state.phase() == Phase.IDLE) {
        enter(Phase.HEAD);
      }
    }

    /// The head of a request is there.
    public void head() {
      whole = false;
      answered = false;
      enter(Phase.BODY);
    }

    /// The request is there, whole.
    public void request() {
      whole = true;
      enter(answered ? Phase.IDLE : Phase.BUSY);
    }

    /// The answer is with the client, whole; that may be before the request is.
    public void answered() {
      answered = true;
      if (whole) {
        enter(Phase.IDLE);
      }
    }

    /// It is closed, whoever did it.
    public void closed() {
      open.remove(this);
    }

    private void enter(Phase phase) {
      state = new State(phase, nanoTime.getAsLong());
    }

    /* Since when the client does not read what is written for it; empty where it does. */
    private OptionalLong stalledSince(long now) {
      OptionalLong mark = link.unread();
      if (mark.isEmpty()) {
        unread = null;
        return OptionalLong.empty();
      }
      if (unread == null || unread != mark.getAsLong()) {
        unread = mark.getAsLong();
        unreadSince = now;
      }
      return OptionalLong.of(unreadSince);
    }
  }

  private final ConnectionLimits limits;
  private final IntPredicate descriptorsLeft;
  private final LongSupplier nanoTime;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final Map<Ending, Counter> endings = new EnumMap<>(Ending.class);

  /// @param descriptorsLeft whether so many connections may be one more, by the file descriptors
  /// @param nanoTime a steady clock
  public Connections(
      ConnectionLimits limits,
      IntPredicate descriptorsLeft,
      LongSupplier nanoTime,
      MeterRegistry registry) {
    this.limits = requireNonNull(limits, "limits is null");
    this.descriptorsLeft = requireNonNull(descriptorsLeft, "descriptorsLeft is null");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
    Gauge.builder("pharos_web_connections", open, Set::size)
        .description("Connections that are open.")
        .register(registry);
    Gauge.builder("pharos_web_connections_max", limits, ConnectionLimits::most)
        .description("Connections that may be open.")
        .register(registry);
    for (Ending ending : Ending.values()) {
      endings.put(
          ending,
          Counter.builder("pharos_web_connections_closed")
              .description("Connections that Pharos closed, or did not let in.")
              .tag("reason", ending.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  /// Lets a connection in; empty where there is no room. Another may make way for it.
  public synchronized Optional<Connection> open(Link link) {
    if (open.size() >= limits.most() || !descriptorsLeft.test(open.size())) {
      Optional<Connection> oldest = mostPatient();
      if (oldest.isEmpty()) {
        count(Ending.REFUSED);
        return Optional.empty();
      }
      end(oldest.get(), Ending.DISPLACED);
    }
    var connection = new Connection(link);
    open.add(connection);
    return Optional.of(connection);
  }

  /* Those that never asked anything first; a client that does not read its answer last. */
  private Optional<Connection> mostPatient() {
    long now = nanoTime.getAsLong();
    record Candidate(Connection connection, Phase phase, long waited) {}
    return open.stream()
        .<Candidate>mapMulti(
            (connection, sink) -> {
              State state = connection.state;
              OptionalLong since =
                  state.phase() == Phase.BUSY
                      ? connection.stalledSince(now)
                      : OptionalLong.of(state.since());
              since.ifPresent(
                  it -> sink.accept(new Candidate(connection, state.phase(), now - it)));
            })
        .filter(it -> it.phase() != Phase.BUSY || it.waited() > STALLED.toNanos())
        .min(
            Comparator.comparing(Candidate::phase)
                .thenComparing(Comparator.comparingLong(Candidate::waited).reversed()))
        .map(Candidate::connection);
  }

  /// Closes the connections whose clients take too long; to be called about once a second.
  public synchronized void look() {
    long now = nanoTime.getAsLong();
    for (Connection connection : open) {
      ending(connection, now).ifPresent(ending -> end(connection, ending));
    }
  }

  private Optional<Ending> ending(Connection connection, long now) {
    State state = connection.state;
    return switch (state.phase()) {
      case NEW, HEAD -> over(now - state.since(), limits.head(), Ending.HEAD);
      case IDLE -> over(now - state.since(), limits.idle(), Ending.IDLE);
      case BODY -> {
        if (connection.link.isPaused()) {
          connection.enter(Phase.BODY);
        }
        yield over(now - connection.state.since(), limits.read(), Ending.READ);
      }
      case BUSY -> {
        OptionalLong stalled = connection.stalledSince(now);
        yield stalled.isEmpty()
            ? Optional.empty()
            : over(now - stalled.getAsLong(), limits.read(), Ending.READ);
      }
    };
  }

  private static Optional<Ending> over(long nanos, Duration most, Ending ending) {
    return nanos > most.toNanos() ? Optional.of(ending) : Optional.empty();
  }

  private void end(Connection connection, Ending ending) {
    // Not again, and not counted, while it closes.
    open.remove(connection);
    count(ending);
    connection.link.close();
  }

  private void count(Ending ending) {
    requireNonNull(endings.get(ending)).increment();
  }
}
