package keyfam

// The ten families of Signal and WhatsApp clients, from families.yaml.
//go:generate go run ./gen/cmd/famgen generate -out generated/signalkeys families.yaml

// What editors need to help with families.yaml.
//go:generate go run ./gen/cmd/famgen schema -out gen/families.schema.json
