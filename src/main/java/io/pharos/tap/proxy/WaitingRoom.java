package io.pharos.tap.proxy;

import io.pharos.limits.connections.Connections;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Optional;

/// The requests of one event loop that wait for a place ([Places]) while their bodies arrive. The
/// first piece of a body is kept meanwhile, which is at most 64 KiB. Not thread-safe: all runs on
/// the event loop.
final class WaitingRoom {
  private static final Duration CHECK_INTERVAL = Duration.ofMillis(100);

  /// A request waits for 2 seconds, after which [Connections#displaceRequest] finds a slow client.
  private static final int MAX_CHECKS = 20;

  /// A request that waits.
  interface Guest {
    /// Whether the whole request has arrived.
    boolean isComplete();

    /// Whether the client has disconnected.
    boolean isGone();

    /// Begins the exchange.
    void enter(Places.Place place);

    /// Refuses the request.
    void refuse();
  }

  /* A request, and the number of the check before which it began to wait. */
  private record Waiting(Guest guest, long since) {}

  private final Vertx vertx;
  private final Places places;
  private final Connections connections;
  private final int max;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long checks;
  private boolean isCheckDue;

  /// @param max maximum number of requests that wait; a further one replaces the one that has
  ///   waited longest
  WaitingRoom(Vertx vertx, Places places, Connections connections, int max) {
    this.vertx = vertx;
    this.places = places;
    this.connections = connections;
    this.max = max;
  }

  /// Begins the exchange of a request, now or when there is a place, or refuses it.
  void admit(Guest guest) {
    Optional<Places.Place> place = placeFor(guest);
    if (place.isPresent()) {
      guest.enter(place.get());
    } else if (guest.isComplete()) {
      guest.refuse();
    } else {
      if (waiting.size() >= max) {
        waiting.removeFirst().guest().refuse();
      }
      waiting.addLast(new Waiting(guest, checks));
      checkLater();
    }
  }

  /// Admits a request that is complete now, if it waits.
  void completed(Guest guest) {
    if (waiting.removeIf(one -> one.guest().equals(guest))) {
      admit(guest);
    }
  }

  /* The place of a displaced request is free once its connection is closed. A complete request
   * enters at once; an incomplete one waits, so that incomplete ones never have more than half. */
  private Optional<Places.Place> placeFor(Guest guest) {
    Optional<Places.Place> place = places.take(guest.isComplete());
    return place.isEmpty()
            && connections.displaceRequest() == Connections.Room.MADE
            && guest.isComplete()
        ? Optional.of(places.takeInAnyCase())
        : place;
  }

  private void checkLater() {
    if (!isCheckDue) {
      isCheckDue = true;
      vertx.setTimer(CHECK_INTERVAL.toMillis(), _ -> check());
    }
  }

  private void check() {
    isCheckDue = false;
    checks++;
    var all = new ArrayList<>(waiting);
    waiting.clear();
    for (Waiting one : all) {
      if (one.guest().isGone()) {
        continue;
      }
      Optional<Places.Place> place = placeFor(one.guest());
      if (place.isPresent()) {
        one.guest().enter(place.get());
      } else if (checks - one.since() > MAX_CHECKS) {
        one.guest().refuse();
      } else {
        waiting.addLast(one);
      }
    }
    if (!waiting.isEmpty()) {
      checkLater();
    }
  }
}
