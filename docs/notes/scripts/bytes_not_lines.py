"""bytes_not_lines.py: TCP keeps no boundaries, a datagram does"""
import socket


def tcp():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


def udp():
    server, client = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    server.bind(("127.0.0.1", 0))
    client.connect(server.getsockname())
    return client, server


for name, make in ("TCP", tcp), ("UDP", udp):
    client, server = make()
    client.send(b"N\n")
    client.send(b"L\nG poem.txt\n")
    while len(server.recv(100, socket.MSG_PEEK)) < (14 if name == "TCP" else 1):
        pass  # until all has come
    print(f"{name}  two sends; received:", server.recv(5), server.recv(100))
