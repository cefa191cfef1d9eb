package io.pharos.ingest.discovery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.config.prometheus.PolledSdConfig;
import io.pharos.config.prometheus.StaticConfig;
import io.pharos.config.prometheus.TargetReader;
import io.pharos.http.BoundedBody;
import io.pharos.http.ClientPool;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Lookup;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Type;

/// Creates the discovery sources of all jobs.
///
/// @param limit the limit on the targets of all jobs together
/// @param onChange run when the targets or the problem of a source have changed
public record TargetDiscovery(
    ClientPool clients,
    String userAgent,
    TargetLimit limit,
    InstantSource clock,
    Metrics metrics,
    Runnable onChange) {

  /// Creates the reader of a job's target files.
  public FileDiscovery files() {
    return new FileDiscovery(metrics::fileError, limit);
  }

  /// Creates a source for one server or one DNS name.
  public DiscoveredTargets of(PolledSdConfig config) {
    DiscoveredTargets.Source source =
        switch (config) {
          case PolledSdConfig.OverHttp http -> new OverHttp(http, clients, userAgent, limit);
          case PolledSdConfig.OverDns dns ->
              new OverDns(dns, TargetDiscovery::resolver, metrics.dnsLookups::increment);
        };
    return new DiscoveredTargets(
        config,
        source,
        clock,
        task -> Thread.ofVirtual().name("discovery-" + source).start(task),
        metrics,
        onChange);
  }

  /* Reads the resolver configuration of the system each time, because the network of a container
   * may change. */
  private static Resolver resolver() {
    ResolverConfig.refresh();
    return new ExtendedResolver();
  }

  /// The counters of target discovery, named as in Prometheus if Prometheus has the same counter.
  public static final class Metrics {
    private final Counter fileErrors;
    private final Counter httpFailures;
    private final Counter dnsLookups;
    private final Counter dnsFailures;
    final Counter unexpected;

    /// Registers the counters.
    public Metrics(MeterRegistry registry) {
      fileErrors =
          counter(registry, "prometheus_sd_file_read_errors", "file_sd files that can't be read");
      httpFailures =
          counter(registry, "prometheus_sd_http_failures", "Failed queries of http_sd servers");
      dnsLookups = counter(registry, "prometheus_sd_dns_lookups", "Lookups of dns_sd names");
      dnsFailures =
          counter(registry, "prometheus_sd_dns_lookup_failures", "Failed lookups of dns_sd names");
      unexpected =
          counter(
              registry,
              "pharos_scrape_loop_failures",
              "Unexpected errors in a scrape loop; each is a bug");
    }

    private static Counter counter(MeterRegistry registry, String name, String description) {
      return Counter.builder(name).description(description).register(registry);
    }

    /// Counts an unreadable file of targets.
    public void fileError() {
      fileErrors.increment();
    }

    void failed(PolledSdConfig config) {
      switch (config) {
        case PolledSdConfig.OverHttp _ -> httpFailures.increment();
        case PolledSdConfig.OverDns _ -> dnsFailures.increment();
      }
    }
  }

  /// Fetches target groups as JSON from a server of `http_sd_configs`.
  record OverHttp(
      PolledSdConfig.OverHttp config, ClientPool clients, String userAgent, TargetLimit limit)
      implements DiscoveredTargets.Source {
    private static final String URL = "__meta_url";

    @Override
    public List<StaticConfig> query() throws IOException, InterruptedException {
      int max = (int) Math.min(limit.bytes(), Integer.MAX_VALUE - 1L);
      HttpResponse<byte[]> response =
          clients
              .client(config.http())
              .send(request(), BoundedBody.of(max + 1), config.refreshInterval());
      if (response.statusCode() != 200) {
        throw new IOException("server returned HTTP status " + response.statusCode());
      }
      String type = response.headers().firstValue("Content-Type").orElse("");
      if (!isJson(type)) {
        throw new IOException(
            "found Content-Type " + Quoted.of(type) + ", expected application/json");
      }
      if (response.body().length > max) {
        String problem = "the answer has more than %d bytes, %s".formatted(max, limit.origin());
        limit.refuse(address() + ": " + problem);
        throw new IOException(problem);
      }
      return TargetReader.readAnswer("the answer", text(response.body())).stream()
          .map(group -> new StaticConfig(group.targets(), group.labels().with(URL, config.url())))
          .toList();
    }

    private HttpRequest request() {
      String seconds =
          BigDecimal.valueOf(config.refreshInterval().toMillis(), 3)
              .stripTrailingZeros()
              .toPlainString();
      return HttpRequest.newBuilder(URI.create(config.url()))
          .GET()
          .header("Accept", "application/json")
          .header("User-Agent", userAgent)
          .header("X-Prometheus-Refresh-Interval-Seconds", seconds)
          .build();
    }

    private static boolean isJson(String contentType) {
      String[] parts = contentType.toLowerCase(Locale.ROOT).split(";", 2);
      String parameter = parts.length == 1 ? "" : parts[1].strip();
      return parts[0].strip().equals("application/json")
          && (parameter.isEmpty()
              || parameter.equals("charset=utf-8")
              || parameter.equals("charset=\"utf-8\""));
    }

    private static String text(byte[] body) throws IOException {
      try {
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        if (!text.stripLeading().startsWith("[")) {
          throw new IOException("the answer is not a JSON list");
        }
        return text;
      } catch (CharacterCodingException e) {
        throw new IOException("the answer is not UTF-8", e);
      }
    }

    /// Returns the URL without user info and query, because they may contain secrets.
    private String address() {
      URI url = URI.create(config.url());
      String port = url.getPort() < 0 ? "" : ":" + url.getPort();
      return url.getScheme() + "://" + url.getHost() + port + url.getRawPath();
    }

    @Override
    public String toString() {
      return address();
    }
  }

  /// Resolves one name of `dns_sd_configs`. A name without records has no targets. If the DNS
  /// servers do not answer, the query fails, and the last targets remain.
  ///
  /// @param config a configuration with one name
  /// @param resolver supplies the current resolver of the system
  /// @param onLookup is run at each lookup
  record OverDns(PolledSdConfig.OverDns config, Supplier<Resolver> resolver, Runnable onLookup)
      implements DiscoveredTargets.Source {
    private static final String PREFIX = "__meta_dns_";

    private String name() {
      return config.names().getFirst();
    }

    @Override
    public List<StaticConfig> query() throws IOException {
      onLookup.run();
      var lookup = new Lookup(Name.fromString(name()), Type.value(config.type().name()), DClass.IN);
      lookup.setResolver(resolver.get());
      // A cache entry may be valid for longer than the interval.
      lookup.setCache(null);
      lookup.setHostsFileParser(null);
      Record[] records = lookup.run();
      return switch (lookup.getResult()) {
        case Lookup.SUCCESSFUL -> groups(records);
        case Lookup.HOST_NOT_FOUND, Lookup.TYPE_NOT_FOUND -> List.of();
        default -> throw new IOException("could not resolve: " + lookup.getErrorString());
      };
    }

    private List<StaticConfig> groups(Record[] records) {
      var groups = new ArrayList<StaticConfig>();
      for (Record record : records) {
        switch (record) {
          case SRVRecord srv ->
              groups.add(
                  group(
                      host(srv.getTarget()),
                      srv.getPort(),
                      labels("srv", srv.getTarget())
                          .set(PREFIX + "srv_record_port", String.valueOf(srv.getPort()))));
          case MXRecord mx ->
              groups.add(group(host(mx.getTarget()), config.port(), labels("mx", mx.getTarget())));
          case NSRecord ns ->
              groups.add(group(host(ns.getTarget()), config.port(), labels("ns", ns.getTarget())));
          case ARecord a -> groups.add(group(a.getAddress()));
          case AAAARecord aaaa -> groups.add(group(aaaa.getAddress()));
          default -> {} // other records, such as aliases, are not targets
        }
      }
      return groups;
    }

    private Labels.Builder labels(String type, Name target) {
      return labels().set(PREFIX + type + "_record_target", target.toString());
    }

    private Labels.Builder labels() {
      return Labels.builder().set(PREFIX + "name", name());
    }

    private StaticConfig group(InetAddress address) {
      String host = address.getHostAddress();
      return group(host.indexOf(':') < 0 ? host : "[" + host + "]", config.port(), labels());
    }

    private static StaticConfig group(String host, int port, Labels.Builder labels) {
      return new StaticConfig(List.of(host + ":" + port), labels.build());
    }

    private static String host(Name name) {
      return name.toString(true); // without the final dot
    }

    @Override
    public String toString() {
      return config.type() + " records of " + name();
    }
  }
}
