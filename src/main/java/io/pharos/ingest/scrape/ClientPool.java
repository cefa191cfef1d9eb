package io.pharos.ingest.scrape;

import io.pharos.config.files.OutsideFiles;
import io.pharos.config.prometheus.HttpOptions;
import io.pharos.http.RenewedClient;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The clients in use, one for each distinct set of options; one is made anew when a file of its
/// TLS options changes.
final class ClientPool implements AutoCloseable {
  private record Entry(RenewedClient client, List<FileTime> stamps) {}

  private final ClientFactory factory;
  private final Map<HttpOptions, Entry> entries = new HashMap<>();

  ClientPool(ClientFactory factory) {
    this.factory = factory;
  }

  /// @throws IOException when a file of the options can't be read
  synchronized RenewedClient client(HttpOptions options) throws IOException {
    List<FileTime> stamps = stamps(options.tls().files());
    Entry entry = entries.get(options);
    if (entry == null || !entry.stamps.equals(stamps)) {
      var fresh = new Entry(RenewedClient.of(() -> factory.create(options)), stamps);
      entries.put(options, fresh);
      if (entry != null) {
        entry.client.shutdown();
      }
      return fresh.client;
    }
    return entry.client;
  }

  private static List<FileTime> stamps(List<Path> files) throws IOException {
    var stamps = new ArrayList<FileTime>();
    for (Path file : files) {
      try {
        stamps.add(OutsideFiles.modified(file));
      } catch (IOException e) {
        throw new IOException("unable to read file " + file + ": " + e, e);
      }
    }
    return stamps;
  }

  /// Lets go of the clients of other options than these.
  synchronized void retain(Set<HttpOptions> used) {
    entries
        .entrySet()
        .removeIf(
            entry -> {
              boolean unused = !used.contains(entry.getKey());
              if (unused) {
                entry.getValue().client.shutdown();
              }
              return unused;
            });
  }

  @Override
  public synchronized void close() {
    entries.values().forEach(entry -> entry.client.close());
    entries.clear();
  }
}
