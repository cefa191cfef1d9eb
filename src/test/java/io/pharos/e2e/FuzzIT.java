package io.pharos.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Fuzzing;
import io.pharos.Nightly;
import io.pharos.e2e.RequestGenerator.Request;
import io.pharos.e2e.Routes.Route;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Broken requests to every route of a Pharos that runs: each is answered, none by a 5xx that does
/// not name its cause, none with what only a programmer should read; and afterwards Pharos is as it
/// was before.
class FuzzIT {
  private static final int REQUESTS =
      Nightly.rounds(10_000, Integer.getInteger("pharos.fuzz.requests", 600_000));

  private static final int CLIENTS = 4;
  private static final int PATIENCE_MILLIS = 60_000;

  /// How much the heap may hold more at the end than after the first half. What requests leave by
  /// right is little: alerts that have ended, a few hundred series, silences, deployments.
  private static final long GROWTH_MEBIBYTES = 48;

  private static final int GROWTH_DESCRIPTORS = 50;

  /// What tells of the program's inside; `/metrics` counts errors of connections by their class.
  private static final Pattern INSIDE =
      Pattern.compile(
          "at io\\.pharos\\.|\\tat |Exception in |(?<!class=\")java\\.lang\\.\\w+(Exception|Error)|\\.java:\\d");

  @TempDir Path folder;

  private final Map<Integer, AtomicInteger> statuses = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();

  /// @param closes whether the connection ends with it
  private record Answer(int status, String body, boolean closes) {}

  @Test
  void brokenRequests_areAnswered_andLeaveNothingBehind() throws Exception {
    int port = PharosProcess.freePort();
    try (PharosProcess pharos = start(port)) {
      List<Route> routes = Routes.all();
      announce(pharos);
      run(routes, port, REQUESTS / 2, 0);
      long heap = pharos.liveMebibytes();
      long descriptors = pharos.descriptors();
      run(routes, port, REQUESTS / 2, 1);
      long heapAfter = pharos.liveMebibytes();
      long descriptorsAfter = pharos.descriptors();
      System.out.printf(
          "fuzz: %d requests to %d routes, statuses %s, live heap %d, then %d MiB, descriptors %d, then %d%n",
          REQUESTS,
          routes.size(),
          new TreeMap<>(statuses),
          heap,
          heapAfter,
          descriptors,
          descriptorsAfter);

      assertThat(complaints).isEmpty();
      assertThat(pharos.isAlive()).isTrue();
      assertThat(pharos.isReady()).isTrue();
      assertThat(pharos.query("vector(1)")).isNotEmpty();
      assertThat(pharos.log()).doesNotContain("failed unexpectedly", "StackOverflowError");
      assertThat(heapAfter - heap).as("growth of the heap in MiB").isLessThan(GROWTH_MEBIBYTES);
      assertThat(descriptorsAfter - descriptors).isLessThan(GROWTH_DESCRIPTORS);
      // So that a generator that asks for nothing that is there does not pass for a test.
      assertThat(statuses).containsKeys(200, 201, 204, 400, 404, 415);
    }
  }

  private PharosProcess start(int port) throws Exception {
    Path service = Path.of("src/test/resources/service");
    var process =
        PharosProcess.start(
            folder.resolve("pharos.log"),
            "http://127.0.0.1:" + port,
            List.of(
                "serve",
                "--config.file=" + service.resolve("prometheus.yml"),
                "--notifications.file=" + service.resolve("alertmanager.yml"),
                "--notifications.capture=true",
                "--probes.dir=",
                "--gates.dir=" + service.resolve("gates"),
                "--storage.path=" + folder.resolve("data"),
                "--web.enable-remote-write-receiver",
                "--query.timeout=2s",
                "--query.max-samples=1000000",
                "--web.listen-address=127.0.0.1:" + port));
    var _ = process.await("being ready", Duration.ofMinutes(4), process::isReady);
    return process;
  }

  /// A deployment and a gate, so that there is something behind their routes.
  private static void announce(PharosProcess pharos) throws Exception {
    String json = "application/json";
    String announced = "{\"service\":\"shop\",\"env\":\"test\",\"version\":\"1\"}";
    assertThat(pharos.send("PUT", "/api/pharos/v1/deployments/d1", json, announced)).isEqualTo(201);
    assertThat(pharos.send("POST", "/api/pharos/v1/gates", json, "{\"deployment\":\"d1\"}"))
        .isEqualTo(201);
  }

  private void run(List<Route> routes, int port, int requests, int part) throws Exception {
    try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
      for (int client = 0; client < CLIENTS; client++) {
        var generator =
            new RequestGenerator(Fuzzing.random(100 + part * CLIENTS + client), routes, port);
        threads.execute(
            () -> {
              try {
                ask(generator, port, requests / CLIENTS);
              } catch (IOException | RuntimeException e) {
                complaints.add("a client ended: " + e);
              }
            });
      }
    }
  }

  private void ask(RequestGenerator generator, int port, int requests) throws IOException {
    Socket socket = connect(port);
    try {
      for (int i = 0; i < requests && complaints.size() < 20; i++) {
        Request request = generator.next();
        if (!request.intact()) {
          askBroken(request, port);
          continue;
        }
        if (socket.isClosed()) {
          socket = connect(port);
        }
        Answer answer;
        try {
          answer = ask(socket, request);
        } catch (SocketTimeoutException e) {
          complaints.add("no answer within a minute: " + request.shown());
          socket.close();
          continue;
        } catch (IOException e) {
          // The connection may have been closed while this request was sent to it: once more.
          socket.close();
          socket = connect(port);
          try {
            answer = ask(socket, request);
          } catch (IOException again) {
            complaints.add("no answer (" + again + "): " + request.shown());
            socket.close();
            continue;
          }
        }
        judge(request, answer);
        if (answer.closes()) {
          socket.close();
        }
      }
    } finally {
      socket.close();
    }
  }

  private static Socket connect(int port) throws IOException {
    var socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    return socket;
  }

  /// A broken head may be answered, or end the connection, or wait for the rest.
  private void askBroken(Request request, int port) throws IOException {
    try (Socket socket = connect(port)) {
      socket.setSoTimeout(300);
      socket.getOutputStream().write(request.bytes());
      judge(request, read(socket.getInputStream(), request.method()));
    } catch (IOException _) { // closed, or waited for
      statuses.computeIfAbsent(0, _ -> new AtomicInteger()).incrementAndGet();
    }
  }

  private static Answer ask(Socket socket, Request request) throws IOException {
    socket.getOutputStream().write(request.bytes());
    return read(socket.getInputStream(), request.method());
  }

  private void judge(Request request, Answer answer) {
    statuses.computeIfAbsent(answer.status(), _ -> new AtomicInteger()).incrementAndGet();
    String body = answer.body();
    boolean namesItsCause =
        answer.status() < 500
            || answer.status() == 501 // of the protocol: a method or an encoding that is not known
            || answer.status() == 503 && (body.contains("\"error") || body.contains("store"))
            || answer.status() == 500 && body.contains("admin APIs disabled"); // as Prometheus' own
    var inside = INSIDE.matcher(body);
    if (inside.find()) {
      complaints.add("%s in %s".formatted(around(body, inside.start()), request.shown()));
    } else if (!namesItsCause) {
      complaints.add("%d to %s: %s".formatted(answer.status(), request.shown(), around(body, 0)));
    }
  }

  private static String around(String body, int at) {
    return body.substring(Math.max(0, at - 100), Math.min(body.length(), at + 600));
  }

  /// Reads an answer to its end.
  private static Answer read(InputStream connection, String method) throws IOException {
    var in = new BufferedInputStream(connection);
    String start = line(in);
    // Behind a second answer to one request, to what stood after it, the stream is of no use.
    if (!start.matches("HTTP/1\\.[01] [0-9]{3}( .*)?")) {
      throw new IOException("no answer but " + start);
    }
    int status = Integer.parseInt(start.substring(9, 12));
    var headers = new ArrayList<String>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      headers.add(line.toLowerCase(java.util.Locale.ROOT));
    }
    boolean closes = headers.contains("connection: close") || start.startsWith("HTTP/1.0");
    if (headers.stream().anyMatch(header -> header.startsWith("content-type: text/event-stream"))) {
      return new Answer(status, "", true); // it has no end
    }
    boolean empty = method.equals("HEAD") || status == 204 || status == 304 || status < 200;
    var body = new ByteArrayOutputStream();
    if (!empty && headers.contains("transfer-encoding: chunked")) {
      for (int size = chunk(in); size > 0; size = chunk(in)) {
        body.write(in.readNBytes(size));
        line(in);
      }
      line(in);
    } else if (!empty) {
      int length =
          headers.stream()
              .filter(header -> header.startsWith("content-length:"))
              .mapToInt(header -> Integer.parseInt(header.substring(15).strip()))
              .findFirst()
              .orElse(closes ? Integer.MAX_VALUE : 0);
      body.write(in.readNBytes(length));
    }
    boolean packed = headers.contains("content-encoding: gzip") && body.size() > 0;
    return new Answer(status, packed ? unpacked(body) : body.toString(ISO_8859_1), closes);
  }

  private static String unpacked(ByteArrayOutputStream body) throws IOException {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(body.toByteArray()))) {
      return new String(in.readAllBytes(), ISO_8859_1);
    }
  }

  private static int chunk(InputStream in) throws IOException {
    return Integer.parseInt(line(in).split(";", 2)[0].strip(), 16);
  }

  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int one = in.read(); one != '\n'; one = in.read()) {
      if (one < 0) {
        throw new IOException("the connection ended");
      }
      line.write(one);
    }
    return line.toString(ISO_8859_1).stripTrailing();
  }
}
