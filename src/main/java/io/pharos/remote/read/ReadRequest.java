package io.pharos.remote.read;

import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.snappy.Snappy;
import io.pharos.model.LabelMatcher;
import io.pharos.model.RegexBudget;
import java.util.ArrayList;
import java.util.List;

/// A Remote Read request.
///
/// @param accepted accepted forms of answers, the preferred one first; empty means samples only
record ReadRequest(List<Query> queries, List<Integer> accepted) {
  /// The protocol's numbers of the two forms.
  static final int SAMPLES = 0;

  static final int STREAMED_XOR_CHUNKS = 1;

  private static final int MAX_BYTES = 16 << 20;

  private static final LabelMatcher.Type[] TYPES = {
    LabelMatcher.Type.EQUAL,
    LabelMatcher.Type.NOT_EQUAL,
    LabelMatcher.Type.REGEX,
    LabelMatcher.Type.NOT_REGEX
  };

  /// A selector and a closed interval in Unix milliseconds.
  record Query(long fromMillis, long toMillis, List<LabelMatcher> matchers) {
    Query {
      matchers = List.copyOf(matchers);
    }
  }

  ReadRequest {
    queries = List.copyOf(queries);
    accepted = List.copyOf(accepted);
  }

  /// @throws ReadService.RefusedException if the body is not such a request
  static ReadRequest read(byte[] body) {
    try {
      return read(new ProtoReader(Snappy.decode(body, MAX_BYTES)));
    } catch (Snappy.SnappyException | ProtoReader.ProtobufException e) {
      throw new ReadService.RefusedException("not a Remote Read request: " + e.getMessage());
    }
  }

  private static ReadRequest read(ProtoReader message) {
    var regexes = new RegexBudget();
    var queries = new ArrayList<Query>();
    var accepted = new ArrayList<Integer>();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> queries.add(query(message.message(), regexes));
        case 2 -> message.int64s(number -> accepted.add((int) number));
        default -> {} // unknown fields are skipped
      }
    }
    return new ReadRequest(queries, accepted);
  }

  private static Query query(ProtoReader message, RegexBudget regexes) {
    long from = 0;
    long to = 0;
    var matchers = new ArrayList<LabelMatcher>();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> from = message.int64();
        case 2 -> to = message.int64();
        case 3 -> matchers.add(matcher(message.message(), regexes));
        default -> {} // hints are optional
      }
    }
    return new Query(from, to, matchers);
  }

  private static LabelMatcher matcher(ProtoReader message, RegexBudget regexes) {
    int type = 0;
    String name = "";
    String value = "";
    while (message.next()) {
      switch (message.field()) {
        case 1 -> type = message.int32();
        case 2 -> name = message.string();
        case 3 -> value = message.string();
        default -> {} // as above
      }
    }
    if (type < 0 || type >= TYPES.length) {
      throw new ReadService.RefusedException("invalid matcher type " + type);
    }
    try {
      return LabelMatcher.of(TYPES[type], name, value, true, regexes);
    } catch (IllegalArgumentException e) {
      throw new ReadService.RefusedException("invalid matcher: " + e.getMessage());
    }
  }
}
