package io.pharos.probe;

import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.YamlMap;
import java.util.Locale;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/// Reads the checks of protocols below the application layer.
///
/// @param keys shared keys
record NetworkChecks(CheckKeys keys) {
  ProbeCheck tcp(YamlMap map) {
    return CheckKeys.last(
        map,
        new ProbeCheck.TcpCheck(
            CheckKeys.server(map),
            map.string("send", ""),
            CheckKeys.pattern(map, "expect").orElse(null),
            keys.tlsIfOn(map).orElse(null),
            CheckKeys.ip(map)));
  }

  ProbeCheck udp(YamlMap map) {
    return CheckKeys.last(
        map,
        new ProbeCheck.UdpCheck(
            CheckKeys.server(map),
            map.require("send").asString(),
            CheckKeys.pattern(map, "expect").orElse(null),
            CheckKeys.ip(map)));
  }

  ProbeCheck icmp(YamlMap map) {
    return CheckKeys.last(
        map, new ProbeCheck.IcmpCheck(map.require("host").asString(), CheckKeys.ip(map)));
  }

  ProbeCheck dns(YamlMap map) {
    String host = map.require("server").asString();
    return CheckKeys.last(
        map,
        new ProbeCheck.DnsCheck(
            new ProbeCheck.Server(host, CheckKeys.port(map, 53)),
            map.require("name").parse("a domain name such as example.org", NetworkChecks::name),
            map.get("type")
                .map(value -> value.parse("a record type such as A or MX", NetworkChecks::type))
                .orElse("A"),
            map.bool("recursion", true),
            map.bool("tcp", false),
            CheckKeys.ip(map)));
  }

  private static String name(String text) {
    try {
      return Name.fromString(text, Name.root).toString();
    } catch (TextParseException _) {
      throw new NumberFormatException(text);
    }
  }

  private static String type(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    if (Type.value(upper) < 0 || upper.equals("AXFR") || upper.equals("IXFR")) {
      throw new NumberFormatException(text);
    }
    return upper;
  }

  ProbeCheck tls(YamlMap map) {
    return CheckKeys.last(
        map,
        new ProbeCheck.TlsCheck(
            CheckKeys.server(map, 443),
            keys.tls(map).orElse(TlsOptions.DEFAULT),
            CheckKeys.ip(map)));
  }

  ProbeCheck grpc(YamlMap map) {
    return CheckKeys.last(
        map,
        new ProbeCheck.GrpcCheck(
            CheckKeys.server(map),
            map.string("service", ""),
            keys.tlsIfOn(map).orElse(null),
            CheckKeys.ip(map)));
  }

  ProbeCheck ssh(YamlMap map) {
    return CheckKeys.last(
        map, new ProbeCheck.SshCheck(CheckKeys.server(map, 22), CheckKeys.ip(map)));
  }
}
