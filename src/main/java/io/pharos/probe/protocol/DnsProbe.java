package io.pharos.probe.protocol;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.RequestPhase;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Runs a [ProbeCheck.DnsCheck] over UDP. Uses TCP if the answer is truncated or the check requires
/// TCP.
record DnsProbe(ProbeConnector connector) {
  /// Returns the facts after an answer has arrived. Unless the expression uses `rcode`, the answer
  /// must be `NOERROR`; unless it uses `rcode` or `answers`, the answer must contain a record.
  ///
  /// @param usedVariables variables of the expression
  ProbeFacts run(ProbeCheck.DnsCheck check, Set<String> usedVariables, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    Message question = question(check);
    byte[] wire = question.toWire();
    Message answer;
    if (check.tcp()) {
      answer = overTcp(check, wire, question, attempt);
    } else {
      attempt.enter(RequestPhase.RESOLVE);
      InetAddress server = connector.resolve(attempt, check.server().host(), check.ip()).getFirst();
      attempt.enter(RequestPhase.PROCESSING);
      int id = question.getHeader().getID();
      byte[] bytes =
          UdpProbe.exchange(
              attempt, server, check.server().port(), wire, datagram -> idOf(datagram) == id);
      attempt.leave();
      answer = parse(bytes, question);
      if (answer.getHeader().getFlag(Flags.TC)) {
        answer = overTcp(check, wire, question, attempt);
      }
    }
    return verify(check, answer, usedVariables, attempt);
  }

  private static Message question(ProbeCheck.DnsCheck check) throws IOException {
    Name name = Name.fromString(check.name(), Name.root);
    Message question =
        Message.newQuery(Record.newRecord(name, Type.value(check.type()), DClass.IN));
    if (!check.recursion()) {
      question.getHeader().unsetFlag(Flags.RD);
    }
    return question;
  }

  private static int idOf(byte[] datagram) {
    return datagram.length < 2 ? -1 : ((datagram[0] & 0xff) << 8) | (datagram[1] & 0xff);
  }

  private Message overTcp(
      ProbeCheck.DnsCheck check, byte[] wire, Message question, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    Socket socket = connector.connect(attempt, check.server(), check.ip(), null);
    attempt.enter(RequestPhase.PROCESSING);
    OutputStream out = socket.getOutputStream();
    byte[] framed = new byte[wire.length + 2];
    framed[0] = (byte) (wire.length >> 8);
    framed[1] = (byte) wire.length;
    System.arraycopy(wire, 0, framed, 2, wire.length);
    out.write(framed);
    out.flush();
    var in = new DataInputStream(socket.getInputStream());
    int length = in.readUnsignedShort();
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException(
          "the connection was closed after %d of %d bytes".formatted(bytes.length, length));
    }
    attempt.leave();
    return parse(bytes, question);
  }

  private static Message parse(byte[] bytes, Message question) throws ProbeException {
    try {
      Message answer = new Message(bytes);
      boolean answersQuestion =
          answer.getHeader().getFlag(Flags.QR)
              && answer.getHeader().getID() == question.getHeader().getID()
              && (answer.getQuestion() == null
                  || answer.getQuestion().equals(question.getQuestion()));
      if (answersQuestion) {
        return answer;
      }
    } catch (IOException | RuntimeException e) {
      throw ProbeException.failure(
          "found %d bytes that are not a DNS message: %s".formatted(bytes.length, e.getMessage()));
    }
    throw ProbeException.failure("found a DNS message that does not answer the question");
  }

  private static ProbeFacts verify(
      ProbeCheck.DnsCheck check, Message message, Set<String> usedVariables, ProbeAttempt attempt)
      throws ProbeException {
    String rcode = Rcode.string(message.getRcode());
    List<Record> records =
        message.getSection(Section.ANSWER).stream()
            .filter(record -> Type.string(record.getType()).equals(check.type()))
            .toList();
    attempt.recordValue("probe_dns_answers", records.size());
    if (!usedVariables.contains("rcode") && !rcode.equals("NOERROR")) {
      throw ProbeException.assertion("found " + rcode + ", expected NOERROR");
    }
    if (!usedVariables.contains("rcode")
        && !usedVariables.contains("answers")
        && records.isEmpty()) {
      throw ProbeException.assertion("found no record of type " + check.type());
    }
    ArrayNode answers = JsonNodeFactory.instance.arrayNode();
    records.forEach(record -> answers.add(record.rdataToString()));
    var facts =
        new ProbeFacts()
            .put("rcode", rcode)
            .put("answers", answers)
            .put("authoritative", message.getHeader().getFlag(Flags.AA));
    records.stream()
        .mapToLong(Record::getTTL)
        .min()
        .ifPresent(ttl -> facts.put("ttl", (double) ttl));
    return facts;
  }
}
