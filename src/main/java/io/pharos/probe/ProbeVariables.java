package io.pharos.probe;

import io.pharos.probe.expression.Type;
import io.pharos.probe.expression.Type.Each;
import io.pharos.probe.expression.Type.Fields;
import io.pharos.probe.expression.Type.Plain;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The variables of expressions for each probe type.
final class ProbeVariables {
  private static final Type PHASES =
      new Fields(
          Arrays.stream(RequestPhase.values())
              .map(RequestPhase::label)
              .collect(Collectors.toMap(Function.identity(), _ -> Plain.NUMBER)));
  private static final Type CERTIFICATE =
      new Fields(
          Map.of(
              "expires_in", Plain.NUMBER,
              "subject", Plain.STRING,
              "issuer", Plain.STRING,
              "names", new Each(Plain.STRING),
              "chain", Plain.NUMBER));
  private static final Type TLS =
      new Fields(Map.of("version", Plain.STRING, "cipher", Plain.STRING));

  private ProbeVariables() {}

  /// Returns the variables with their types.
  ///
  /// @param stored variables of earlier steps, available as `vars.NAME`
  static Map<String, Type> of(ProbeCheck check, Set<String> stored) {
    var names = new HashMap<String, Type>();
    names.put("duration", Plain.NUMBER);
    names.put("phases", PHASES);
    if (!stored.isEmpty()) {
      names.put(
          "vars",
          new Fields(
              stored.stream().collect(Collectors.toMap(Function.identity(), _ -> Plain.ANY))));
    }
    switch (check) {
      case ProbeCheck.HttpCheck _, ProbeCheck.WebSocketCheck _ -> {
        names.put("status", Plain.NUMBER);
        names.put("headers", new Each(Plain.STRING));
        names.put("body", Plain.ANY);
        names.put("text", Plain.STRING);
        secure(names);
      }
      case ProbeCheck.TcpCheck _, ProbeCheck.TlsCheck _ -> secure(names);
      case ProbeCheck.UdpCheck _ -> names.put("text", Plain.STRING);
      case ProbeCheck.IcmpCheck _ -> {
        names.put("rtt", Plain.NUMBER);
        names.put("address", Plain.STRING);
      }
      case ProbeCheck.DnsCheck _ -> {
        names.put("rcode", Plain.STRING);
        names.put("answers", new Each(Plain.STRING));
        names.put("ttl", Plain.NUMBER);
        names.put("authoritative", Plain.BOOL);
      }
      case ProbeCheck.SshCheck _ -> names.put("banner", Plain.STRING);
      case ProbeCheck.PostgresCheck _ -> {
        names.put("value", Plain.ANY);
        names.put("row", Plain.ANY);
        names.put("rows", Plain.NUMBER);
      }
      case ProbeCheck.RedisCheck _ -> {
        names.put("info", Plain.ANY);
        names.put("value", Plain.ANY);
        secure(names);
      }
      case ProbeCheck.GrpcCheck _ -> {
        names.put("code", Plain.STRING);
        names.put("message", Plain.STRING);
        names.put("status", Plain.STRING);
        secure(names);
      }
      case ProbeCheck.PushCheck _, ProbeCheck.SuiteCheck _ -> names.clear();
    }
    return names;
  }

  private static void secure(Map<String, Type> names) {
    names.put("certificate", CERTIFICATE);
    names.put("tls", TLS);
  }
}
