package dev.longshore.lake;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.util.List;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/** Sockets with the keepalives of a connection's extra, for which the JDBC driver has no property of its own. */
public final class KeepAliveSockets extends SocketFactory {
  private static final List<SocketOption<Integer>> OPTIONS =
      List.of(
          ExtendedSocketOptions.TCP_KEEPIDLE,
          ExtendedSocketOptions.TCP_KEEPINTERVAL,
          ExtendedSocketOptions.TCP_KEEPCOUNT);
  private final List<Integer> values;

  /**
   * @param values seconds until the first, seconds between two, and how many, with commas; 0 is the system's own
   */
  public KeepAliveSockets(String values) {
    this.values = Stream.of(values.split(",")).map(Integer::valueOf).toList();
  }

  @Override
  public Socket createSocket() throws IOException {
    Socket socket = new Socket();
    for (int at = 0; at < OPTIONS.size(); at++) {
      if (values.get(at) > 0) {
        socket.setOption(OPTIONS.get(at), values.get(at));
      }
    }
    return socket;
  }

  // The driver connects sockets by itself.

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException();
  }
}
