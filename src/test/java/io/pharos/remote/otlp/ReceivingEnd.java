package io.pharos.remote.otlp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.model.histogram.Histogram;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// A receiver with a store for clients that push, optionally over HTTP.
final class ReceivingEnd implements AutoCloseable {
  /// A request received over HTTP.
  ///
  /// @param type the Content-Type
  /// @param encoding the Content-Encoding; empty if absent
  record Received(String type, String encoding, OtlpReceiver.Outcome outcome) {}

  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final InMemoryStorage store = new InMemoryStorage();
  final OtlpReceiver receiver =
      new OtlpReceiver(
          store,
          new ReceivedMetadata(),
          () -> new OtlpReceiver.Settings(List.of(), true, false),
          InstantSource.system(),
          MemoryBounds.unbounded(),
          registry);
  private final BlockingQueue<Received> received = new ArrayBlockingQueue<>(64);
  private Optional<HttpServer> server = Optional.empty();

  /// Starts listening.
  ///
  /// @return the address for clients
  String open() throws IOException {
    HttpServer made =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    made.createContext("/api/v1/otlp/v1/metrics", this::receive);
    made.start();
    server = Optional.of(made);
    return "http://127.0.0.1:" + made.getAddress().getPort() + "/api/v1/otlp/v1/metrics";
  }

  private void receive(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    String packed = exchange.getRequestHeaders().getFirst("Content-Encoding");
    String encoding = packed == null ? "" : packed;
    OtlpReceiver.Outcome outcome = receiver.receive("ann", type, encoding, body);
    boolean good = outcome instanceof OtlpReceiver.Outcome.Stored;
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(good ? 200 : 400, -1);
    exchange.close();
    received.add(new Received(type, encoding, outcome));
  }

  /// The next request; fails after 30 s.
  Received next() throws InterruptedException {
    Received next = received.poll(30, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("nothing came");
    }
    return next;
  }

  private SeriesSet select(String name) {
    return store.select(
        List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "__name__", name)), 0, Long.MAX_VALUE);
  }

  /// `{labels} value` of the last sample of each series.
  Set<String> series() {
    SeriesSet all = select(".+");
    var found = new TreeSet<String>();
    for (int i = 0; i < all.size(); i++) {
      var window = new SampleWindow();
      all.read(i, 0, Long.MAX_VALUE, window);
      int last = window.size() - 1;
      Histogram histogram = window.histogram(last);
      String value =
          histogram == null ? GoFloat.plain(window.value(last)) : String.valueOf(histogram);
      found.add(new TreeMap<>(all.labels(i).toMap()) + " " + value);
    }
    return found;
  }

  @Override
  public void close() {
    server.ifPresent(it -> it.stop(0));
  }
}
