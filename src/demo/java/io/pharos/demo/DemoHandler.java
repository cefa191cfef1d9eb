package io.pharos.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Handles HTTP requests.
final class DemoHandler implements HttpHandler {
  private static final int LARGEST_BODY = 64 << 10;
  private static final int MAX_HANGING = 256;
  private static final int MAX_STREAMS = 64;
  private static final int STREAM_EVENT_SECONDS = 15;
  private static final long LONGEST_STREAM_SECONDS = 3600;
  private static final String JSON_TYPE = "application/json; charset=utf-8";

  private final DemoOptions options;
  private final FaultSwitch faults;
  private final RequestLedger ledger;
  private final DemoPages pages;
  private final ZapLog log;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Semaphore hanging = new Semaphore(MAX_HANGING);
  private final AtomicInteger streams = new AtomicInteger();
  private final SplittableRandom random;

  DemoHandler(
      DemoOptions options, FaultSwitch faults, RequestLedger ledger, Traffic traffic, ZapLog log) {
    this.options = options;
    this.faults = faults;
    this.ledger = ledger;
    this.log = log;
    this.pages = new DemoPages(options, faults, ledger, traffic);
    this.random = new SplittableRandom(options.seed() ^ 0x5eedL);
  }

  /// Ends all hanging requests and streams.
  void close() {
    closed.countDown();
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      answer(exchange);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(HttpExchange exchange) throws IOException, InterruptedException {
    String path = exchange.getRequestURI().getPath();
    if (path.equals("/fault")) {
      fault(exchange);
      return;
    }
    FaultKind fault = faults.kind();
    if (fault == FaultKind.DOWN || pages.isSilent(path, fault)) {
      return;
    }
    if (fault == FaultKind.HANG) {
      hang();
      return;
    }
    boolean get = exchange.getRequestMethod().equals("GET");
    Optional<String> page = get ? pages.exporter(path) : Optional.empty();
    if (page.isPresent()) {
      send(exchange, 200, MetricPage.CONTENT_TYPE, page.get());
    } else if (get && path.equals("/metrics")) {
      metrics(exchange);
    } else {
      api(exchange, path, fault);
    }
  }

  private void hang() throws InterruptedException {
    if (hanging.tryAcquire()) {
      try {
        while (faults.kind() == FaultKind.HANG && !closed.await(100, TimeUnit.MILLISECONDS)) {
          // The request hangs.
        }
      } finally {
        hanging.release();
      }
    }
  }

  private void fault(HttpExchange exchange) throws IOException {
    if (exchange.getRequestMethod().equals("POST")) {
      try {
        faults.set(FaultRequest.parse(body(exchange)));
      } catch (FaultRequest.BadFaultException e) {
        String answer =
            Envelope.JSON
                .createObjectNode()
                .put("error", e.getMessage())
                .put("field", e.field())
                .put("value", e.value())
                .put("expected", e.expected())
                .toString();
        send(exchange, 400, JSON_TYPE, answer);
        return;
      }
      log.info(options.clock().instant(), "demo/fault.go:1", "fault " + faults.describe());
    } else if (!exchange.getRequestMethod().equals("GET")) {
      exchange.getResponseHeaders().set("Allow", "GET, POST");
      send(exchange, 405, JSON_TYPE, "{\"error\":\"method: expected GET or POST\"}");
      return;
    }
    send(exchange, 200, JSON_TYPE, faults.describe());
  }

  private void metrics(HttpExchange exchange) throws IOException {
    long began = System.nanoTime();
    if (authorized(exchange)) {
      send(exchange, 200, MetricPage.CONTENT_TYPE, pages.backend(streams.get()));
      finish(exchange, "/metrics", 200, began);
    } else {
      send(exchange, 200, JSON_TYPE, Envelope.UNAUTHORIZED.json());
      finish(exchange, "/metrics", 200, began);
    }
  }

  private void api(HttpExchange exchange, String path, FaultKind fault)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    Optional<DemoRoute> match = DemoRoute.match(exchange.getRequestMethod(), path);
    if (match.isEmpty()) {
      send(exchange, 404, "text/plain", "404 page not found");
      finish(exchange, RequestLedger.UNKNOWN, 404, began);
      return;
    }
    DemoRoute route = match.get();
    Optional<SentVisits.Outcome> outcome =
        SentVisits.outcome(exchange.getRequestHeaders(), options.token());
    if (outcome.isPresent()) {
      play(exchange, route, path, outcome.get(), began);
      return;
    }
    switch (route.kind()) {
      case HEALTH -> {
        send(exchange, 200, JSON_TYPE, "{\"status\":\"ok\"}");
        finish(exchange, route.template(), 200, began);
      }
      case STREAM -> {
        if (authorized(exchange)) {
          stream(exchange, route, began);
        } else {
          reply(exchange, route, 200, Envelope.UNAUTHORIZED, began);
        }
      }
      case AGENT -> reply(exchange, route, 200, respond(exchange, route, path), began);
      case API -> replyWithFault(exchange, route, path, fault, began);
    }
  }

  /* Replies to a request of the simulated traffic, whose header contains its outcome. */
  private void play(
      HttpExchange exchange, DemoRoute route, String path, SentVisits.Outcome outcome, long began)
      throws IOException, InterruptedException {
    if (closed.await((long) (outcome.seconds() * 1e6), TimeUnit.MICROSECONDS)) {
      return;
    }
    if (outcome.code().isEmpty()) {
      send(exchange, outcome.status(), "text/plain", "Internal Server Error");
      finish(exchange, route.template(), outcome.status(), began);
      return;
    }
    int code = outcome.code().getAsInt();
    Envelope envelope =
        code == 0
            ? GpuAnswers.of(route, number(path), options.token())
            : Envelope.failure(code, "made to fail");
    reply(exchange, route, outcome.status(), envelope, began);
  }

  private void replyWithFault(
      HttpExchange exchange, DemoRoute route, String path, FaultKind fault, long began)
      throws IOException, InterruptedException {
    boolean isAffected = draw() < faults.current().ratio();
    FaultKind effect = isAffected ? fault : FaultKind.NONE;
    switch (effect) {
      case ERRORS -> {
        send(exchange, 500, "text/plain", "Internal Server Error");
        finish(exchange, route.template(), 500, began);
      }
      case ENVELOPE_ERRORS -> reply(exchange, route, 200, Envelope.BROKEN, began);
      case PANICS -> {
        log.error(
            options.clock().instant(),
            "middleware/recovery.go:41",
            "panic recovered",
            path,
            "runtime error: invalid memory address or nil pointer dereference");
        reply(exchange, route, 200, Envelope.BROKEN, began);
      }
      case LATENCY -> {
        if (!closed.await(1500 + (long) (2500 * draw()), TimeUnit.MILLISECONDS)) {
          reply(exchange, route, 200, respond(exchange, route, path), began);
        }
      }
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
          DB_POOL ->
          reply(exchange, route, 200, respond(exchange, route, path), began);
    }
  }

  private synchronized double draw() {
    return random.nextDouble();
  }

  private Envelope respond(HttpExchange exchange, DemoRoute route, String path) throws IOException {
    if (route.access() == DemoRoute.Access.TOKEN
        && faults.kind() != FaultKind.AUTH_OFF
        && !authorized(exchange)) {
      return Envelope.UNAUTHORIZED;
    }
    if (route.template().equals("/api/v1/auth/login") && !loginIsRight(body(exchange))) {
      return Envelope.failure(401, "wrong user name or password");
    }
    if (route.template().equals("/api/v1/auth/refresh") && !refreshIsRight(body(exchange))) {
      return Envelope.failure(401, "refresh token is not valid");
    }
    return GpuAnswers.of(route, number(path), options.token());
  }

  /// Accepts any user with the token as the password.
  private boolean loginIsRight(String body) {
    JsonNode login = json(body);
    return !login.path("username").asText().isBlank() && isToken(login.path("password").asText());
  }

  private boolean refreshIsRight(String body) {
    return isToken(json(body).path("refresh_token").asText());
  }

  private static JsonNode json(String body) {
    try {
      return Envelope.JSON.readTree(body);
    } catch (JsonProcessingException _) {
      return Envelope.JSON.createObjectNode();
    }
  }

  private static int number(String path) {
    for (String part : path.split("/", -1)) {
      if (!part.isEmpty() && part.length() < 9 && part.chars().allMatch(Character::isDigit)) {
        return Integer.parseInt(part);
      }
    }
    return 0;
  }

  private void stream(HttpExchange exchange, DemoRoute route, long began)
      throws IOException, InterruptedException {
    if (streams.incrementAndGet() > MAX_STREAMS) {
      streams.decrementAndGet();
      reply(exchange, route, 200, Envelope.failure(429, "too many streams"), began);
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.getResponseHeaders().set("Cache-Control", "no-cache");
    try {
      exchange.sendResponseHeaders(200, 0);
      OutputStream out = exchange.getResponseBody();
      event(out, "connected", "{}");
      while (seconds(began) < LONGEST_STREAM_SECONDS
          && !faults.current().silencesAt(options.clock().instant())
          && !closed.await(STREAM_EVENT_SECONDS, TimeUnit.SECONDS)) {
        event(out, "notification", "{\"type\":\"system\",\"level\":\"info\",\"title\":\"tick\"}");
      }
    } catch (IOException _) {
      // Streams end when the client disconnects.
    } finally {
      streams.decrementAndGet();
      finish(exchange, route.template(), 200, began);
    }
  }

  private static void event(OutputStream out, String name, String data) throws IOException {
    out.write("event: %s\ndata: %s\n\n".formatted(name, data).getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private void reply(
      HttpExchange exchange, DemoRoute route, int status, Envelope envelope, long began)
      throws IOException {
    send(exchange, status, JSON_TYPE, envelope.json());
    finish(exchange, route.template(), status, began);
  }

  private void finish(HttpExchange exchange, String template, int status, long began) {
    double seconds = seconds(began);
    ledger.add(exchange.getRequestMethod(), template, status, seconds);
    log.access(
        options.clock().instant(),
        status,
        exchange.getRequestMethod(),
        exchange.getRequestURI().getPath(),
        withoutToken(exchange.getRequestURI().getRawQuery()),
        client(exchange),
        Optional.ofNullable(exchange.getRequestHeaders().getFirst("User-Agent")).orElse(""),
        seconds);
  }

  private String client(HttpExchange exchange) {
    return SentVisits.outcome(exchange.getRequestHeaders(), options.token())
        .map(SentVisits.Outcome::ip)
        .orElseGet(() -> exchange.getRemoteAddress().getAddress().getHostAddress());
  }

  /// Returns the query with our token replaced; RemoteGPU would log the token.
  private String withoutToken(@Nullable String query) {
    return query == null ? "" : query.replace(options.token(), "made-up");
  }

  private boolean authorized(HttpExchange exchange) {
    String bearer = exchange.getRequestHeaders().getFirst("Authorization");
    if (bearer != null && bearer.startsWith("Bearer ") && isToken(bearer.substring(7))) {
      return true;
    }
    String agent = exchange.getRequestHeaders().getFirst("X-Agent-Token");
    if (agent != null
        && exchange.getRequestURI().getPath().startsWith("/api/v1/agent/")
        && isToken(agent)) {
      return true;
    }
    String query = exchange.getRequestURI().getQuery();
    if (query != null) {
      for (String parameter : query.split("&")) {
        if (parameter.startsWith("token=") && isToken(parameter.substring(6))) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isToken(String candidate) {
    return MessageDigest.isEqual(
        candidate.getBytes(StandardCharsets.UTF_8),
        options.token().getBytes(StandardCharsets.UTF_8));
  }

  private static String body(HttpExchange exchange) throws IOException {
    return new String(exchange.getRequestBody().readNBytes(LARGEST_BODY), StandardCharsets.UTF_8);
  }

  private static double seconds(long began) {
    return (System.nanoTime() - began) / 1e9;
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
