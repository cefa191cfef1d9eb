package io.pharos.server.api;

import io.pharos.model.Quoted;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.MessageBodyReader;
import jakarta.ws.rs.ext.Provider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;

/// Reads the forms that are posted to Prometheus' API. A malformed form is answered with 400 and
/// the invalid escape; the framework's own reader would answer 500.
@Provider
@Consumes(MediaType.APPLICATION_FORM_URLENCODED)
public class FormReader implements MessageBodyReader<MultivaluedMap<String, String>> {
  /// Maximum number of parameters in a form; a real query has far fewer.
  private static final int MAX_PARAMETERS = 10_000;

  private static final int MAX_EXCERPT = 3;

  @Override
  public boolean isReadable(
      Class<?> type, Type genericType, Annotation[] annotations, MediaType mediaType) {
    return type == MultivaluedMap.class;
  }

  @Override
  public MultivaluedMap<String, String> readFrom(
      Class<MultivaluedMap<String, String>> type,
      Type genericType,
      Annotation[] annotations,
      MediaType mediaType,
      MultivaluedMap<String, String> httpHeaders,
      InputStream body)
      throws IOException {
    return parse(body.readAllBytes());
  }

  /// Returns the parameters of a form.
  ///
  /// @throws ApiException if it is malformed
  public static MultivaluedMap<String, String> parse(byte[] body) {
    var form = new MultivaluedHashMap<String, String>();
    int parameters = 0;
    int from = 0;
    while (from < body.length) {
      int end = indexOf(body, '&', from, body.length);
      if (end > from) {
        if (++parameters > MAX_PARAMETERS) {
          throw ApiException.badData(
              "error parsing form values: more than " + MAX_PARAMETERS + " parameters");
        }
        int equals = indexOf(body, '=', from, end);
        form.add(decoded(body, from, equals), decoded(body, Math.min(end, equals + 1), end));
      }
      from = end + 1;
    }
    return form;
  }

  private static int indexOf(byte[] body, char c, int from, int to) {
    int position = from;
    while (position < to && body[position] != c) {
      position++;
    }
    return position;
  }

  private static String decoded(byte[] body, int from, int to) {
    var out = new ByteArrayOutputStream(to - from);
    for (int i = from; i < to; i++) {
      if (body[i] == '%') {
        int high = i + 2 < to ? Character.digit(body[i + 1], 16) : -1;
        int low = i + 2 < to ? Character.digit(body[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          var broken =
              new String(body, i, Math.min(MAX_EXCERPT, to - i), StandardCharsets.ISO_8859_1);
          throw ApiException.badData(
              "error parsing form values: invalid URL escape " + Quoted.of(broken));
        }
        out.write((high << 4) | low);
        i += 2;
      } else {
        out.write(body[i] == '+' ? ' ' : body[i]);
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
