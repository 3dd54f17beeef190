package keyfam

// The ten families of Signal and WhatsApp clients, from families.yaml.
//go:generate go run ./gen/cmd/famgen generate -out generated/signalkeys families.yaml

// What editors need to help with families.yaml.
//go:generate go run ./gen/cmd/famgen schema -out gen/families.schema.json

// One of each form that a families file can take, for the generator's tests.
//go:generate go run ./gen/cmd/famgen generate -out gen/render/internal/everything gen/render/internal/everything/families.yaml

// The files of Baileys folders that are kept beside the records.
//go:generate go run ./gen/cmd/famgen generate -out interop/baileys/baileysfile interop/baileys/families.yaml
