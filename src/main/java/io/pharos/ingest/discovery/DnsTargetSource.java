package io.pharos.ingest.discovery;

import io.pharos.config.prometheus.PolledSdConfig;
import io.pharos.config.prometheus.StaticConfig;
import io.pharos.model.Labels;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Lookup;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Type;

/// Resolves one name of `dns_sd_configs`. A name without records has no targets. If the servers do
/// not answer, the query fails and the last targets are kept.
///
/// @param config with one name
/// @param resolver supplies the current resolver of the system
record DnsTargetSource(
    PolledSdConfig.OverDns config, Supplier<Resolver> resolver, Runnable onLookup)
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
    lookup.setCache(null); // its entries may outlive the interval
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
        default -> {} // an alias
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
