package io.pharos.http;

import io.pharos.config.http.HttpOptions;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/// Opens one client per distinct set of options, because each client has its own thread and
/// connections. Thread-safe.
public final class ClientPool implements AutoCloseable {
  private final Clients clients;
  private final Map<HttpOptions, OutgoingClient> open = new HashMap<>();

  /* Clients by the identity of their options: to hash and compare options takes as long as a small
   * request. */
  private final IdentityHashMap<HttpOptions, OutgoingClient> byObject = new IdentityHashMap<>();

  public ClientPool(Clients clients) {
    this.clients = clients;
  }

  /// Returns the client for these options; opens it on the first call.
  public synchronized OutgoingClient client(HttpOptions options) {
    OutgoingClient client = byObject.get(options);
    if (client == null) {
      client = open.computeIfAbsent(options, clients::open);
      byObject.put(options, client);
    }
    return client;
  }

  /// Shuts down the clients whose options are not in `used`; running requests complete.
  public synchronized void retain(Set<HttpOptions> used) {
    byObject.clear();
    open.entrySet()
        .removeIf(
            entry -> {
              boolean unused = !used.contains(entry.getKey());
              if (unused) {
                entry.getValue().shutdown();
              }
              return unused;
            });
  }

  /// Closes all clients and aborts running requests.
  @Override
  public synchronized void close() {
    open.values().forEach(OutgoingClient::close);
    open.clear();
    byObject.clear();
  }
}
