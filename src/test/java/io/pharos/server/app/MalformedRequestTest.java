package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Malformed requests are refused in the form of their API with a reason, and unusual but valid
/// ones are answered. The requests are raw bytes, because no client would send them.
@QuarkusTest
@Tag("slow")
class MalformedRequestTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      maxCharsPerColumn = 500,
      textBlock =
          """
          GET  | /api/v1/query?query=%zz               | localhost | ''                 | 400 | application/json | {"status":"error","errorType":"bad_data","error":"error parsing form values: invalid URL escape \\"%zz\\""}
          GET  | /api/v1/query?query=up%               | localhost | ''                 | 400 | application/json | invalid URL escape \\"%\\"
          GET  | /api/v2/alerts?filter=%2              | localhost | ''                 | 400 | application/json | {"code":400,"message":"error parsing form values: invalid URL escape \\"%2\\""}
          GET  | /api/pharos/v1/episodes?a=%q          | localhost | ''                 | 400 | application/json | {"error":"error parsing form values: invalid URL escape \\"%q\\""}
          GET  | /api/v1/label/%zz/values              | localhost | ''                 | 400 | application/json | error parsing the path: invalid URL escape
          GET  | /graph?g0.expr=%u0041                 | localhost | ''                 | 400 | text/html        | request is malformed: error parsing form values: invalid URL escape &quot;%u0&quot;
          GET  | /runbooks/%zz                         | localhost | ''                 | 400 | text/html        | Current alerts
          GET  | /metrics?a=%zz                        | localhost | ''                 | 400 | text/plain       | invalid URL escape
          GET  | /%                                    | localhost | ''                 | 400 | text/html        | invalid URL escape
          GET  | /                                     | ''        | ''                 | 400 | text/html        | the Host header is missing or invalid
          GET  | /api/v1/query?query=1                 | ''        | ''                 | 400 | application/json | "errorType":"bad_data"
          GET  | /                                     | a b       | ''                 | 400 | text/html        | the Host header is missing or invalid
          POST | /api/v1/query                         | localhost | query=%zz          | 400 | application/json | invalid URL escape \\"%zz\\"
          POST | /silences/new                         | localhost | matcher=%zz        | 400 | text/html        | invalid URL escape
          POST | /silences/new                         | localhost | comment=x&matcher=a%3Db | 400 | text/html   | duration is missing
          POST | /silences/x/expire?a=\u00e1\u0094 | evil.example | a=b           | 403 | text/html        | </html>
          GET  | /api/v1/series?match[]=up{job="a"}    | localhost | ''                 | 200 | application/json | "status":"success"
          GET  | /api/v1/query?query=1^2               | localhost | ''                 | 200 | application/json | "status":"success"
          GET  | /nothing{here}                        | localhost | ''                 | 404 | text/html        | There is no page at
          GET  | /query/metrics/a<b                    | localhost | ''                 | 404 | text/html        | There is no recent series of the metric &#39;a&lt;b&#39;.
          GET  | /incidents/0123456789abcdef           | localhost | ''                 | 404 | text/html        | or it ended and its messages are no longer kept.
          GET  | /api/v1/no{thing}"                    | localhost | ''                 | 404 | text/plain       | 404 page not found
          """)
  void request_isAnsweredInTheFormOfWhatWasAsked(
      String method,
      String address,
      String host,
      String body,
      int status,
      String type,
      String contains)
      throws IOException {
    String answer = send(method, address, host, body);
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    assertThat(answer.lines().map(line -> line.replaceFirst("(?i)^content-type", "Content-Type")))
        .anyMatch(line -> line.startsWith("Content-Type: " + type));
    assertThat(answer).contains(contains);
  }

  private static String send(String method, String address, String host, String body)
      throws IOException {
    try (var socket = new Socket("localhost", RestAssured.port)) {
      socket.setSoTimeout(20_000);
      String request =
          method
              + " "
              + address
              + " HTTP/1.1\r\nConnection: close\r\n"
              + (host.isEmpty() ? "" : "Host: " + host + "\r\n")
              + (body.isEmpty()
                  ? ""
                  : "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
                      + body.length()
                      + "\r\n")
              + "\r\n"
              + body;
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
