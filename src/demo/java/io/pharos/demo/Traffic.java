package io.pharos.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/// Simulates the requests to a live RemoteGPU and their outcomes.
///
/// Time advances in ticks of 100 ms. The requests of a tick depend on the seed, its number and the
/// fault at that time, not on when the tick is computed. Thread-safe.
final class Traffic {
  private static final Duration TICK = Duration.ofMillis(100);
  private static final int TICKS_PER_SECOND = 10;

  /// After a longer pause, such as a suspended laptop, earlier ticks are skipped.
  private static final Duration LONGEST_CATCH_UP = Duration.ofMinutes(10);

  /// RemoteGPU reports a machine as offline after this time without a heartbeat.
  private static final int SECONDS_TO_OFFLINE = 180;

  private static final double AGENTS_PER_REQUEST = 1.5;
  private static final double STREAM_ENDS_PER_SECOND = 0.05;
  private static final double SCANS_PER_SECOND = 0.2;
  private static final double SPREAD = 0.45;
  private static final double CLIENT_ERRORS = 0.003;
  private static final double SERVER_ERRORS = 0.001;
  private static final String MADE_UP_JWT = "eyJhbGciOiJIUzI1NiJ9.ZGVtbw.c2lnbmF0dXJl";

  private final SplittableRandom random;
  private final double requestsPerSecond;
  private final ZapLog log;
  private final FaultSwitch faults;
  private final Platform platform;
  private final List<DemoRoute> apiRoutes = DemoRoute.of(DemoRoute.Kind.API);
  private final List<DemoRoute> agentRoutes = DemoRoute.of(DemoRoute.Kind.AGENT);
  private final DemoRoute stream = DemoRoute.of(DemoRoute.Kind.STREAM).getFirst();

  private Visits visits;
  private Instant next;
  private long ticks;
  private long requests;
  private double busySeconds;
  private long silentSeconds;

  Traffic(
      long seed,
      double requestsPerSecond,
      Instant start,
      Visits visits,
      ZapLog log,
      FaultSwitch faults) {
    this.random = new SplittableRandom(seed);
    this.requestsPerSecond = requestsPerSecond;
    this.next = start.plus(TICK);
    this.visits = visits;
    this.log = log;
    this.faults = faults;
    this.platform = new Platform(random.split());
  }

  /// Sends the requests to another recorder from now on.
  synchronized void sendBy(Visits others) {
    visits = others;
  }

  /// Simulates all ticks until a time.
  synchronized void advanceTo(Instant now) {
    if (next.isBefore(now.minus(LONGEST_CATCH_UP))) {
      next = now.minus(LONGEST_CATCH_UP);
    }
    while (!next.isAfter(now)) {
      tick(next);
      next = next.plus(TICK);
    }
  }

  /// Writes the gauges and counters of the platform.
  synchronized void writeTo(MetricPage page) {
    platform.writeTo(page);
  }

  /// The number of simulated requests.
  synchronized long requests() {
    return requests;
  }

  private void tick(Instant time) {
    DemoFault fault = faults.current();
    if (!fault.silencesAt(time)) {
      double share = requestsPerSecond / TICKS_PER_SECOND;
      for (int i = count(share); i > 0; i--) {
        apiRequest(pick(apiRoutes), time, fault);
      }
      double agents = share * AGENTS_PER_REQUEST * beating(fault.kindAt(time)) / Platform.MACHINES;
      for (int i = count(agents); i > 0; i--) {
        agentRequest(pick(agentRoutes), time);
      }
      if (requestsPerSecond > 0) {
        rareRequests(time);
      }
    }
    ticks++;
    if (ticks % TICKS_PER_SECOND == 0) {
      FaultKind kind = fault.kindAt(time);
      int beating = beating(kind);
      silentSeconds = beating < Platform.MACHINES ? silentSeconds + 1 : 0;
      int reportedOnline = silentSeconds > SECONDS_TO_OFFLINE ? beating : Platform.MACHINES;
      platform.second(
          ticks / TICKS_PER_SECOND,
          busySeconds,
          kind == FaultKind.REDIS_DOWN ? 0 : reportedOnline,
          kind == FaultKind.DB_POOL);
      busySeconds = 0;
    }
  }

  /// The number of machines that send heartbeats.
  private static int beating(FaultKind kind) {
    return switch (kind) {
      case HEARTBEATS_STOPPED -> 0;
      case FLEET_OFFLINE -> Platform.MACHINES / 2;
      case NONE,
          ERRORS,
          LATENCY,
          DOWN,
          HANG,
          GPU_XID,
          GPU_FALLEN_OFF,
          GPU_EXPORTER_DOWN,
          EXPORTER_DOWN,
          REDIS_DOWN,
          DISK_FILLING,
          CERTIFICATE_ENDING,
          AUTH_OFF,
          ENVELOPE_ERRORS,
          PANICS,
          DB_POOL ->
          Platform.MACHINES;
    };
  }

  private void apiRequest(DemoRoute route, Instant time, DemoFault fault) {
    double seconds = duration(route.medianSeconds());
    int status = 200;
    OptionalInt code = OptionalInt.of(0);
    double draw = random.nextDouble();
    if (draw < CLIENT_ERRORS) {
      code = OptionalInt.of(route.access() == DemoRoute.Access.ANYBODY ? 401 : 404);
    } else if (draw < CLIENT_ERRORS + SERVER_ERRORS) {
      code = OptionalInt.of(500);
    }
    boolean isAffected = random.nextDouble() < fault.ratio();
    double extra = 1.5 + random.nextDouble(2.5);
    if (isAffected) {
      switch (fault.kindAt(time)) {
        case ERRORS -> {
          status = 500;
          code = OptionalInt.empty(); // an HTTP 500 has no envelope
        }
        case LATENCY -> seconds += extra;
        case ENVELOPE_ERRORS, PANICS -> code = OptionalInt.of(500);
        case NONE,
            DOWN,
            HANG,
            GPU_XID,
            GPU_FALLEN_OFF,
            GPU_EXPORTER_DOWN,
            EXPORTER_DOWN,
            REDIS_DOWN,
            DISK_FILLING,
            CERTIFICATE_ENDING,
            FLEET_OFFLINE,
            HEARTBEATS_STOPPED,
            AUTH_OFF,
            DB_POOL -> {
          // These faults do not affect single requests.
        }
      }
    }
    String path = route.pathWith(1 + random.nextInt(Platform.MACHINES));
    busySeconds += seconds;
    record(route, time, status, code, seconds, path, "", visitor(), "Mozilla/5.0");
    if (status >= 500 || code.orElse(0) >= 500) {
      log.error(time, "service/machine.go:117", "request failed", path, "database: query failed");
    }
  }

  private void agentRequest(DemoRoute route, Instant time) {
    int machine = 1 + random.nextInt(Platform.MACHINES);
    record(
        route,
        time,
        200,
        OptionalInt.of(0),
        duration(route.medianSeconds()),
        route.pathWith(machine),
        "",
        "10.20.0." + machine,
        "remotegpu-agent/0.4");
  }

  private void rareRequests(Instant time) {
    if (random.nextDouble() < STREAM_ENDS_PER_SECOND / TICKS_PER_SECOND) {
      double seconds = Math.min(3600, 30 + stream.medianSeconds() * random.nextExponential());
      String query = "token=" + MADE_UP_JWT;
      record(
          stream,
          time,
          200,
          OptionalInt.empty(),
          seconds,
          stream.template(),
          query,
          visitor(),
          "Mozilla/5.0");
    }
    if (random.nextDouble() < SCANS_PER_SECOND / TICKS_PER_SECOND) {
      requests++;
      visits.make(
          new Visit(
              time,
              "GET",
              RequestLedger.UNKNOWN,
              "/.env",
              "",
              "203.0.113.9",
              "curl/8.5.0",
              404,
              OptionalInt.empty(),
              duration(0.0002),
              false));
    }
  }

  private void record(
      DemoRoute route,
      Instant time,
      int status,
      OptionalInt code,
      double seconds,
      String path,
      String query,
      String ip,
      String userAgent) {
    requests++;
    visits.make(
        new Visit(
            time,
            route.method(),
            route.template(),
            path,
            query,
            ip,
            userAgent,
            status,
            code,
            seconds,
            route.kind() == DemoRoute.Kind.STREAM));
  }

  private String visitor() {
    return "198.51.100." + (1 + random.nextInt(200));
  }

  /// A lognormal duration around the median.
  private double duration(double median) {
    return median * Math.exp(SPREAD * random.nextGaussian());
  }

  /// A random whole number with this mean: its floor or the next one.
  private int count(double mean) {
    int floor = (int) mean;
    return floor + (random.nextDouble() < mean - floor ? 1 : 0);
  }

  private DemoRoute pick(List<DemoRoute> routes) {
    int rest = random.nextInt(routes.stream().mapToInt(DemoRoute::weight).sum());
    for (DemoRoute route : routes) {
      rest -= route.weight();
      if (rest < 0) {
        return route;
      }
    }
    return routes.getLast();
  }
}
